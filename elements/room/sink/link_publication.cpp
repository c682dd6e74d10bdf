#include "elements/room/sink/link_publication.hpp"

#include <algorithm>
#include <utility>

namespace parley::room_elements {

LinkPublication::LinkPublication(Timeline& timeline, Handlers handlers)
    : timeline_{timeline}, handlers_{std::move(handlers)} {}

Result<std::shared_ptr<LinkPublication>> LinkPublication::open(const Connect& connect,
                                                               const Config& config,
                                                               Timeline& timeline,
                                                               Handlers handlers) {
    std::shared_ptr<LinkPublication> self{new LinkPublication{timeline, std::move(handlers)}};
    tap::Hello hello;
    hello.room = config.room;
    hello.token = config.token;
    tap::Link::Handlers called;
    called.control = [raw = self.get()](const tap::Down& message) { raw->on_control(message); };
    called.ended = [raw = self.get()](const std::string& reason) {
        const auto& why = raw->close_reason_.empty() ? reason : raw->close_reason_;
        if (!why.empty()) raw->handlers_.ended(why);
    };
    auto client = connect(hello, std::move(called));
    if (!client) return tl::make_unexpected(client.error());
    self->client_ = std::move(*client);
    self->client_->send(
        tap::Join{config.participant, config.display_name, config.role, config.recording_consent});
    return self;
}

// The link goes first, and joins its thread, which calls the handlers.
LinkPublication::~LinkPublication() = default;

LayerStreams LinkPublication::publish(const Track& track) {
    auto published = std::make_shared<Published>(Published{track, {}});
    tap::Publish request;
    request.source = track.source;
    request.codec = track.codec;
    request.fmtp = track.fmtp;
    request.payload_type = track.payload_type;
    request.muted = track.muted;
    request.keyframes_on_demand = track.keyframes_on_demand;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& rid : track.rids) {
            const tap::StreamId stream{next_stream_++};
            published->streams.push_back(stream);
            request.layers.push_back({stream, rid});
        }
        for (const auto stream : published->streams)
            tracks_[stream] = published;
    }
    client_->send(request);
    return published->streams;
}

void LinkPublication::unpublish(const LayerStreams& streams) {
    {
        const std::lock_guard lock{mutex_};
        for (const auto stream : streams)
            tracks_.erase(stream);
    }
    client_->send(tap::Unpublish{streams.front()});
}

void LinkPublication::mute(const LayerStreams& streams, bool muted) {
    client_->send(tap::Mute{streams.front(), muted});
}

void LinkPublication::send(const tap::Client::Packet& packet) {
    client_->send_rtp(packet);
}

void LinkPublication::flush() {
    client_->flush();
}

Publication::Counters LinkPublication::counters() const {
    const auto counted = client_->counters();
    return {counted.packets_sent, counted.packets_dropped, counted.frames_dropped};
}

std::shared_ptr<const LinkPublication::Published>
LinkPublication::find(tap::StreamId stream) const {
    const std::lock_guard lock{mutex_};
    const auto found = tracks_.find(stream);
    return found == tracks_.end() ? nullptr : found->second;
}

void LinkPublication::on_control(const tap::Down& message) {
    if (const auto* welcome = std::get_if<tap::Welcome>(&message)) {
        timeline_.tie(welcome->wall);
    } else if (std::holds_alternative<tap::Joined>(message)) {
        handlers_.joined();
    } else if (const auto* keyframe = std::get_if<tap::KeyframeWanted>(&message)) {
        const auto published = find(keyframe->stream);
        if (!published || !published->track.keyframe_wanted) return;
        const auto& streams = published->streams;
        const auto layer = std::find(streams.begin(), streams.end(), keyframe->stream);
        published->track.keyframe_wanted(static_cast<unsigned>(layer - streams.begin()),
                                         keyframe->reason);
    } else if (const auto* wanted = std::get_if<tap::Wanted>(&message)) {
        const auto published = find(wanted->stream);
        if (published && published->track.wanted) published->track.wanted(wanted->wanted);
    } else if (const auto* refused = std::get_if<tap::Refused>(&message)) {
        on_refused(*refused);
    } else if (const auto* closed = std::get_if<tap::Closed>(&message)) {
        close_reason_ = closed->reason.empty() ? "the room is closed" : closed->reason;
    }
}

void LinkPublication::on_refused(const tap::Refused& message) {
    if (message.stream == tap::no_stream) {
        handlers_.refused(message.text);
        return;
    }
    const auto published = find(message.stream);
    if (published && published->track.refused) published->track.refused(message.text);
}

} // namespace parley::room_elements
