#include "elements/room/source/room_source.hpp"

#include "elements/common/log_bridge.hpp"
#include "net/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {

namespace {
/// How often a clock that is not the system's is measured.
constexpr Duration follow_interval = 1s;
} // namespace

RoomSource::RoomSource(GstBin* bin, Config config)
    : bin_{bin}, config_{std::move(config)}, group_id_{gst_util_group_id_next()} {}

RoomSource::~RoomSource() {
    close();
}

tap::Hello RoomSource::hello() const {
    tap::Hello hello;
    hello.room = config_.room;
    hello.token = config_.token;
    hello.purpose = config_.purpose;
    hello.consent_required = config_.consent_required;
    return hello;
}

Result<void> RoomSource::open(const Connect& connect) {
    if (config_.stable) make_stable_pads();
    auto client = connect({[this](const tap::Down& message) { on_control(message); },
                           [this](const tap::Record& record) { on_media(record); },
                           [this] { on_end_of_message(); },
                           [this](const std::string& reason) { on_ended(reason); }});
    if (!client) return tl::make_unexpected(client.error());
    client_ = std::move(*client);
    opened_.count_down();
    return {};
}

void RoomSource::close() {
    // Not reset(), which would take the pointer away from the thread that is to be joined.
    delete client_.get();
    static_cast<void>(client_.release());
    std::map<tap::StreamId, ChainPtr> gone;
    {
        const std::lock_guard lock{mutex_};
        gone.swap(chains_);
    }
    for (const auto& [stream, chain] : gone)
        chain->remove();
    for (auto& track : stable_) {
        if (track.pad) track.pad->remove();
        track = {};
    }
    timeline_.stop();
}

void RoomSource::set_playing(bool playing) {
    if (playing) timeline_.follow(GST_ELEMENT_CAST(bin_));
    if (playing_.exchange(playing) == playing || !opened_.try_wait()) return;
    for (const auto& chain : chains())
        client_->send(tap::Pause{chain->config().stream, !playing || !chain->wanted()});
}

void RoomSource::end() {
    if (ending_.exchange(true)) return;
    for (const auto& chain : chains())
        chain->end();
    for (const auto& track : stable_) {
        if (track.pad) track.pad->end();
    }
    gst_element_post_message(GST_ELEMENT_CAST(bin_), gst_message_new_eos(GST_OBJECT(bin_)));
}

std::vector<RoomSource::ChainPtr> RoomSource::chains() const {
    const std::lock_guard lock{mutex_};
    std::vector<ChainPtr> all;
    for (const auto& [stream, chain] : chains_)
        all.push_back(chain);
    return all;
}

RoomSource::Counters RoomSource::counters() const {
    const std::lock_guard lock{mutex_};
    return {packets_, lost_by_tap_, static_cast<unsigned>(chains_.size())};
}

void RoomSource::on_control(const tap::Down& message) {
    std::visit([this](const auto& body) { on(body); }, message);
}

void RoomSource::on(const tap::Welcome& message) {
    opened_.wait(); // what follows sends through client_
    timeline_.tie(message.wall);
    tell_all(news_.recording({message.recording, message.consent_required}, timeline_.now()));
}

void RoomSource::on(const tap::ParticipantJoined& message) {
    participants_[message.participant.id] = message;
    tell_all(news_.joined(message.participant, timeline_.now()));
}

void RoomSource::on(const tap::ParticipantLeft& message) {
    participants_.erase(message.participant);
    tell_all(news_.left(message, timeline_.now()));
}

void RoomSource::on(const tap::RecordingChanged& message) {
    tell_all(news_.recording(message, timeline_.now()));
}

void RoomSource::on(const tap::MessageReceived& message) {
    tell_all(news_.message(message, timeline_.now()));
}

void RoomSource::tell_all(const GstPtr<GstEvent>& news) {
    if (!news) return;
    bool told = false;
    for (const auto& chain : chains()) {
        chain->tell(news);
        told = true;
    }
    if (told) news_.on_told();
}

void RoomSource::tell_newly_linked() {
    for (const auto& chain : chains()) {
        if (!chain->take_newly_linked()) continue;
        for (const auto& news : news_.backlog())
            chain->tell(news);
    }
}

void RoomSource::on(const tap::TrackAdded& message) {
    const auto publisher = participants_.find(message.track.participant);
    if (publisher == participants_.end() || ending_ ||
        !config_.filter.takes(message.track, publisher->second.participant.role)) {
        return;
    }
    const Known known{message.track, message.format};
    tracks_[message.track.id] = known;
    if (config_.stable) {
        speaker_.add(message.track.participant);
        select_stable();
        return;
    }
    if (!config_.layer.all || message.track.layers.size() < 2) {
        start(known, "");
    } else {
        for (const auto& layer : message.track.layers)
            start(known, layer.rid);
    }
    post_collection();
}

tap::StreamId RoomSource::start(const Known& track, const std::string& rid,
                                std::shared_ptr<StablePad> into) {
    const bool video = track.info.kind == MediaKind::video;
    TrackChain::Config config;
    config.stream = tap::StreamId{next_stream_++};
    config.track = track.info;
    config.format = track.format;
    config.rid = rid;
    config.stream_id = config_.room + "/" + track.info.id + (rid.empty() ? "" : "/" + rid);
    config.title = participants_[track.info.participant].participant.name;
    config.pad_name = fmt::format("{}_{}", video ? "video" : "audio", next_pad_[video]++);
    config.output = config_.output;
    config.latency_ms = config_.latency_ms;
    config.group_id = group_id_;
    config.changing_pads = changing_pads_;
    config.into = std::move(into);
    const auto stream = config.stream;

    TrackChain::Handlers handlers;
    handlers.request = [this](const tap::Up& request) {
        if (playing_) client_->send(request);
    };
    handlers.message = [this](GstStructure* structure) { post_message(structure); };
    handlers.passing = [this, stream] { retire(stream); };
    handlers.drained = [this, stream] {
        ChainPtr chain;
        {
            const std::lock_guard lock{mutex_};
            const auto found = chains_.find(stream);
            if (found == chains_.end()) return;
            chain = std::move(found->second);
            chains_.erase(found);
        }
        finish(chain);
    };
    auto chain = TrackChain::create(bin_, std::move(config), timeline_, std::move(handlers));
    if (!chain) {
        GST_ELEMENT_WARNING(
            bin_, CORE, MISSING_PLUGIN,
            ("The track %s is left out: %s", track.info.id.c_str(), chain.error().text.c_str()),
            (nullptr));
        return tap::no_stream;
    }
    {
        const std::lock_guard lock{mutex_};
        chains_[stream] = *chain;
    }
    update(track.info.id);
    for (const auto& news : news_.backlog())
        (*chain)->tell(news);
    news_.on_told();
    subscribe(**chain);
    return stream;
}

void RoomSource::subscribe(const TrackChain& chain) {
    tap::Subscribe request;
    request.stream = chain.config().stream;
    request.track = chain.config().track.id;
    request.layer = config_.layer.choice;
    if (!chain.config().rid.empty()) {
        request.layer = {};
        request.layer.kind = LayerChoice::Kind::rid;
        request.layer.rid = chain.config().rid;
        request.layer.exact = true;
    }
    request.paused = !playing_;
    client_->send(request);
}

/// The removal waits for the streaming thread that reported the end: not on that thread, then.
void RoomSource::finish(const ChainPtr& chain) {
    gst_element_call_async(
        GST_ELEMENT_CAST(bin_),
        [](GstElement*, gpointer data) { (*static_cast<ChainPtr*>(data))->remove_when_idle(); },
        new ChainPtr{chain}, [](gpointer data) { delete static_cast<ChainPtr*>(data); });
}

void RoomSource::update(const std::string& track_id) {
    const auto known = tracks_.find(track_id);
    if (known == tracks_.end()) return;
    const auto publisher = participants_.find(known->second.info.participant);
    if (publisher == participants_.end()) return;
    for (const auto& chain : chains()) {
        if (chain->config().track.id == track_id) {
            chain->set_state(known->second.info, publisher->second.participant,
                             publisher->second.participant.consent);
        }
    }
}

void RoomSource::on(const tap::TrackRemoved& message) {
    const auto gone = tracks_.find(message.track);
    if (gone == tracks_.end()) return;
    const auto participant = gone->second.info.participant;
    tracks_.erase(gone);
    for (const auto& chain : chains()) {
        if (chain->config().track.id == message.track) chain->end();
    }
    if (config_.stable) {
        const bool others = std::any_of(tracks_.begin(), tracks_.end(), [&](const auto& track) {
            return track.second.info.participant == participant;
        });
        if (!others) speaker_.remove(participant);
        select_stable();
    }
    post_collection();
}

void RoomSource::on(const tap::TrackMuted& message) {
    const auto known = tracks_.find(message.track);
    if (known == tracks_.end()) return;
    known->second.info.muted = message.muted;
    update(message.track);
}

void RoomSource::on(const tap::TrackLayers& message) {
    const auto known = tracks_.find(message.track);
    if (known == tracks_.end()) return;
    known->second.info.layers = message.layers;
    update(message.track);
}

void RoomSource::on(const tap::ConsentChanged& message) {
    const auto found = participants_.find(message.participant);
    if (found == participants_.end()) return;
    found->second.participant.consent = message.consent;
    for (const auto& [id, track] : tracks_) {
        if (track.info.participant == message.participant) update(id);
    }
    tell_all(news_.consent(message, timeline_.now()));
}

void RoomSource::on(const tap::StreamEnded& message) {
    const std::lock_guard lock{mutex_};
    const auto found = chains_.find(message.stream);
    if (found == chains_.end()) return;
    // TrackRemoved follows where the track has gone; its chain has its EOS from there.
    GST_DEBUG_OBJECT(bin_, "stream %u ended: %s", tap::value(message.stream),
                     message.reason.c_str());
}

void RoomSource::on(const tap::Gap& message) {
    lost_by_tap_ += message.packets;
    ChainPtr chain;
    {
        const std::lock_guard lock{mutex_};
        const auto found = chains_.find(message.stream);
        if (found != chains_.end()) chain = found->second;
    }
    if (chain) chain->add_gap(message);
}

void RoomSource::on(const tap::Refused& message) {
    GST_ELEMENT_WARNING(bin_, RESOURCE, READ,
                        ("The room \"%s\" refuses: %s", config_.room.c_str(), message.text.c_str()),
                        ("code %s", std::string{to_string(message.code)}.c_str()));
}

void RoomSource::on(const tap::Closed& message) {
    own_close_reason_ = message.reason;
    if (message.reason == "draining" || ending_) {
        end();
        return;
    }
    GST_ELEMENT_ERROR(bin_, RESOURCE, READ,
                      ("The way into the room \"%s\" is closed: %s", config_.room.c_str(),
                       message.reason.c_str()),
                      (nullptr));
}

void RoomSource::on_ended(const std::string& reason) {
    if (reason.empty() || !own_close_reason_.empty()) return;
    // A server that is gone is the end of what it sent: what was received is finished in order.
    GST_ELEMENT_WARNING(
        bin_, RESOURCE, READ,
        ("The tap into the room \"%s\" has ended: %s", config_.room.c_str(), reason.c_str()),
        (nullptr));
    end();
}

void RoomSource::on_media(const tap::Record& record) {
    if (record.type != tap::RecordType::rtp) return;
    ChainPtr chain;
    {
        const std::lock_guard lock{mutex_};
        const auto found = chains_.find(record.stream);
        if (found == chains_.end()) return;
        chain = found->second;
    }
    ++packets_;
    chain->push(record);
    if (std::find(touched_.begin(), touched_.end(), chain.get()) == touched_.end()) {
        touched_.push_back(chain.get());
    }
}

void RoomSource::on_end_of_message() {
    tell_newly_linked();
    if (config_.stable) {
        speaker_.poll(net::steady_now());
        select_stable();
        end_retired();
    }
    if (touched_.empty()) return;
    if (const auto now = net::steady_now(); now - followed_at_ >= follow_interval) {
        followed_at_ = now;
        if (playing_) timeline_.follow(GST_ELEMENT_CAST(bin_));
    }
    for (const auto& chain : chains()) {
        if (std::find(touched_.begin(), touched_.end(), chain.get()) != touched_.end()) {
            chain->flush();
        }
    }
    touched_.clear();
}

void RoomSource::post_collection() {
    auto collection = adopt_ptr(gst_stream_collection_new(config_.room.c_str()));
    for (const auto& chain : chains()) {
        gst_stream_collection_add_stream(collection.get(), chain->gst_stream().release());
    }
    gst_element_post_message(GST_ELEMENT_CAST(bin_),
                             gst_message_new_stream_collection(GST_OBJECT(bin_), collection.get()));
}

void RoomSource::post_message(GstStructure* structure) {
    gst_element_post_message(GST_ELEMENT_CAST(bin_),
                             gst_message_new_element(GST_OBJECT(bin_), structure));
}

} // namespace parley::room_elements
