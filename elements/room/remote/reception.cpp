#include "elements/room/remote/reception.hpp"

#include "core/rtcp/packet.hpp"
#include "elements/common/mapped_buffer.hpp"
#include "net/clock.hpp"

#include <utility>

namespace parley::room_elements {

Reception::Reception(GMainContext* context, const WallClock& wall,
                     const tap::Link::Handlers& handlers)
    : handlers_{handlers}, clock_{wall} {
    static GSourceFuncs funcs{nullptr,
                              nullptr,
                              [](GSource* source, GSourceFunc call, gpointer self) -> gboolean {
                                  g_source_set_ready_time(source, -1);
                                  return call(self);
                              },
                              nullptr,
                              nullptr,
                              nullptr};
    wake_ = adopt_ptr(g_source_new(&funcs, sizeof(GSource)));
    g_source_set_callback(
        wake_.get(),
        [](gpointer self) -> gboolean {
            static_cast<Reception*>(self)->take_all();
            return G_SOURCE_CONTINUE;
        },
        this, nullptr);
    g_source_attach(wake_.get(), context);
}

Reception::~Reception() {
    g_source_destroy(wake_.get());
}

void Reception::carry(const std::string& connection,
                      std::map<std::string, std::string> track_by_mid) {
    carried_[connection] = std::move(track_by_mid);
}

void Reception::add(tap::StreamId stream, const std::string& track, Codec codec) {
    streams_.erase(stream);
    streams_.emplace(stream, Stream{track, ReceivedTrack{stream, codec, clock_}});
}

void Reception::remove_track(const std::string& track) {
    std::erase_if(streams_, [&](const auto& entry) { return entry.second.track == track; });
}

void Reception::listen(const std::string& connection, WebrtcPeer::Handlers& handlers) {
    handlers.packet = [this, connection](const std::string& mid, GstBuffer* rtp) {
        arrive({connection, mid, ref_ptr(rtp), {}, net::steady_now()});
    };
    handlers.report = [this, connection](Bytes compound) {
        arrive({connection, {}, {}, {compound.begin(), compound.end()}, net::steady_now()});
    };
}

void Reception::arrive(Arrived arrived) {
    const std::lock_guard lock{mutex_};
    arrived_.push_back(std::move(arrived));
    if (arrived_.size() == 1) g_source_set_ready_time(wake_.get(), 0);
}

void Reception::take_all() {
    std::vector<Arrived> all;
    {
        const std::lock_guard lock{mutex_};
        all.swap(arrived_);
    }
    for (const auto& one : all) {
        if (!carried_.contains(one.connection)) continue;
        if (one.rtp) {
            take_packet(one);
        } else {
            take_report(one);
        }
    }
    if (handlers_.end_of_message) handlers_.end_of_message();
}

void Reception::take_report(const Arrived& arrived) {
    auto reader = rtcp::CompoundReader::open(arrived.report);
    while (const auto item = reader ? reader->next() : std::nullopt) {
        const auto* const report = std::get_if<rtcp::SenderReport>(&*item);
        if (report == nullptr) continue;
        const auto& sender = report->sender;
        if (!clock_.on_sender_report(sender.ntp, arrived.at)) continue;
        for (auto& [id, stream] : streams_) {
            stream.media.on_sender_report(sender.ssrc, sender.ntp, sender.rtp_timestamp,
                                          arrived.at);
        }
    }
}

void Reception::take_packet(const Arrived& arrived) {
    const auto& tracks = carried_.at(arrived.connection);
    const auto track = tracks.find(arrived.mid);
    if (track == tracks.end()) return;
    const MappedBuffer mapped{arrived.rtp.get()};
    for (auto& [id, stream] : streams_) {
        if (stream.track != track->second) continue;
        const auto before = stream.media.ssrc();
        const auto record = stream.media.on_packet(mapped.bytes(), arrived.at);
        if (!record) return;
        if (stream.media.ssrc() != before) {
            tap::StreamStarted started;
            started.stream = id;
            started.ssrc = stream.media.ssrc();
            handlers_.control(started);
        }
        if (handlers_.media) handlers_.media(*record);
        return;
    }
}

} // namespace parley::room_elements
