#include "recording/evidence/manifest.hpp"

#include <algorithm>

namespace parley::recording {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

} // namespace

Manifest::Track* Manifest::track(const std::string& id) {
    // The latest of its name: a track may start again.
    const auto found = std::find_if(tracks_.rbegin(), tracks_.rend(),
                                    [&](const Track& t) { return t.about.track == id; });
    return found == tracks_.rend() ? nullptr : &*found;
}

Manifest::File* Manifest::file(const std::string& name) {
    const auto found = file_index_.find(name);
    return found == file_index_.end() ? nullptr : &files_[found->second];
}

void Manifest::apply(const Event& event) {
    const auto at = event.at;
    const auto utc = event.utc;
    duration_ = std::max(duration_, at);
    std::visit(Overloaded{
                   [&](const RecordingStarted& e) {
                       about_ = e;
                       started_ = utc;
                   },
                   [&](const RecordingEnded& e) {
                       ended_ = {at, utc, e};
                   },
                   [&](const ParticipantSeen& e) {
                       participants_.push_back({e.id, e.name, e.role, at, std::nullopt});
                   },
                   [&](const ParticipantGone& e) {
                       const auto found = std::find_if(
                           participants_.rbegin(), participants_.rend(),
                           [&](const Participant& p) { return p.id == e.id && !p.left; });
                       if (found != participants_.rend()) found->left = at;
                   },
                   [&](const TrackStarted& e) {
                       Track started;
                       started.about = e;
                       started.started = at;
                       tracks_.push_back(std::move(started));
                   },
                   [&](const TrackEnded& e) {
                       if (auto* t = track(e.track)) t->ended = at;
                   },
                   [&](const SizeChanged& e) {
                       if (auto* t = track(e.track)) t->sizes.push_back({at, utc, e});
                   },
                   [&](const MuteChanged& e) {
                       if (auto* t = track(e.track)) t->mutes.push_back({at, utc, e});
                   },
                   [&](const Gap& e) {
                       gaps_.push_back({at, utc, e});
                   },
                   [&](const FileStarted& e) {
                       file_index_[e.file] = files_.size();
                       File started;
                       started.about = e;
                       files_.push_back(std::move(started));
                   },
                   [&](const ChunkWritten& e) {
                       if (auto* f = file(e.file)) {
                           ++f->chunks;
                           f->size = e.offset + e.size;
                       }
                   },
                   [&](const FileClosed& e) {
                       if (auto* f = file(e.file)) f->closed = e;
                   },
                   [&](const Paused& e) {
                       pauses_.push_back({at, std::nullopt, e});
                   },
                   [&](const Resumed&) {
                       if (!pauses_.empty() && !pauses_.back().end) pauses_.back().end = at;
                   },
                   [&](const Mark& e) {
                       marks_.push_back({at, utc, e});
                   },
                   [&](const ConsentChanged& e) {
                       consent_.push_back({at, utc, e});
                   },
                   [&](const Chat& e) {
                       chat_.push_back({at, utc, e});
                   },
                   [&](const ClockDrift& e) {
                       if (auto* t = track(e.track)) t->drift_ppm = e.ppm;
                   },
                   [&](const DiskTrouble& e) {
                       troubles_.push_back({at, std::nullopt, e});
                   },
                   [&](const DiskRecovered&) {
                       for (auto& trouble : troubles_) {
                           if (!trouble.end) trouble.end = at;
                       }
                   },
                   [](const ChunkPatched&) {}, // a matter between the file and the chain
                   [](const Signature&) {},
                   [](const UnknownEvent&) {},
               },
               event.body);
}

} // namespace parley::recording
