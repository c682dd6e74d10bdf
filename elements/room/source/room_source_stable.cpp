// One pad of each kind for ever: whose tracks pass through them.
#include "elements/room/source/room_source.hpp"
#include "net/clock.hpp"

#include <algorithm>

namespace parley::room_elements {

void RoomSource::make_stable_pads() {
    for (const auto kind : {MediaKind::audio, MediaKind::video}) {
        if (!config_.filter.takes(kind)) continue;
        const bool video = kind == MediaKind::video;
        StablePad::Config config;
        config.kind = kind;
        config.name = video ? "video_0" : "audio_0";
        config.stream_id = config_.room + (video ? "/active/video" : "/active/audio");
        config.group_id = group_id_;
        config.latency = config_.latency_ms * GST_MSECOND;
        stable_[video].pad = StablePad::create(bin_, std::move(config), timeline_);
    }
}

void RoomSource::on(const tap::Speakers& message) {
    if (!config_.stable) return;
    std::vector<std::string> loudest_first;
    for (const auto& speaker : message.speakers)
        loudest_first.push_back(speaker.participant);
    speaker_.on_speakers(loudest_first, net::steady_now());
    select_stable();
}

/// The tracks of whoever is chosen, if they are not there already.
void RoomSource::select_stable() {
    for (auto& stable : stable_) {
        if (!stable.pad || ending_) continue;
        const auto kind = &stable == &stable_[1] ? MediaKind::video : MediaKind::audio;
        const Known* wanted = nullptr;
        for (const auto& [id, track] : tracks_) {
            if (track.info.participant != speaker_.current() || track.info.kind != kind) continue;
            // A camera or a microphone, where there is more than one.
            if (wanted == nullptr || track.info.source < wanted->info.source) wanted = &track;
        }
        if (wanted == nullptr) {
            stable.track.clear();
            continue;
        }
        if (wanted->info.id == stable.track) continue;
        stable.track = wanted->info.id;
        // The one before goes on until this one's first buffer: see retire().
        stable.stream = start(*wanted, "", stable.pad);
    }
}

/// On a streaming thread: `stream` passes now, and no other one of its kind.
void RoomSource::retire(tap::StreamId stream) {
    const std::lock_guard lock{mutex_};
    const auto now = chains_.find(stream);
    if (now == chains_.end()) return;
    now->second->set_newly_linked();
    for (const auto& [other, chain] : chains_) {
        if (other < stream && chain->config().into == now->second->config().into) {
            retired_.push_back(other);
        }
    }
}

/// On the tap's thread, which is the one that feeds them.
void RoomSource::end_retired() {
    std::vector<ChainPtr> ending;
    {
        const std::lock_guard lock{mutex_};
        for (const auto stream : std::exchange(retired_, {})) {
            const auto found = chains_.find(stream);
            if (found != chains_.end()) ending.push_back(found->second);
        }
    }
    for (const auto& chain : ending) {
        client_->send(tap::Unsubscribe{chain->config().stream});
        chain->end();
    }
}

} // namespace parley::room_elements
