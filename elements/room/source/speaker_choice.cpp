#include "elements/room/source/speaker_choice.hpp"

#include <algorithm>

namespace parley::room_elements {

namespace {
bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}
} // namespace

void SpeakerChoice::add(const std::string& participant) {
    if (!contains(candidates_, participant)) candidates_.push_back(participant);
    if (!current_) current_ = participant;
}

void SpeakerChoice::remove(const std::string& participant) {
    std::erase(candidates_, participant);
    std::erase(speakers_, participant);
    if (challenger_ == participant) challenger_.reset();
    if (current_ != participant) return;
    current_.reset();
    if (!speakers_.empty()) {
        current_ = speakers_.front();
    } else if (!candidates_.empty()) {
        current_ = candidates_.front();
    }
    if (challenger_ == current_) challenger_.reset();
}

void SpeakerChoice::on_speakers(const std::vector<std::string>& loudest_first, Instant now) {
    poll(now);
    speakers_.clear();
    for (const auto& speaker : loudest_first) {
        if (contains(candidates_, speaker)) speakers_.push_back(speaker);
    }
    if (speakers_.empty() || speakers_.front() == current_) {
        challenger_.reset();
    } else if (challenger_ != speakers_.front()) {
        challenger_ = speakers_.front();
        challenger_since_ = now;
    }
}

void SpeakerChoice::poll(Instant now) {
    if (!challenger_ || now - challenger_since_ < hysteresis) return;
    current_ = std::move(challenger_);
    challenger_.reset();
}

} // namespace parley::room_elements
