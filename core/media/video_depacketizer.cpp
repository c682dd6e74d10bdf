#include "core/media/video_depacketizer.hpp"

#include <utility>

namespace parley::media {

void VideoDepacketizer::push(const rtp::PacketView& packet) {
    ++counters_.packets;
    const auto step = order_.take(packet.ssrc(), packet.payload_type(), packet.sequence());
    switch (step.place) {
    case PacketOrder::Place::late:
        return;
    case PacketOrder::Place::next:
        add(packet, false);
        return;
    case PacketOrder::Place::behind_gap:
        counters_.missing += step.missing;
        break;
    case PacketOrder::Place::new_stream:
        end_stream();
        cut_.reset();
        break;
    }
    lose();
    timestamp_.reset();
    add(packet, true);
}

void VideoDepacketizer::add(const rtp::PacketView& packet, bool behind_gap) {
    const auto payload = packet.payload();
    if (payload.empty()) { // padding
        if (behind_gap) need_keyframe();
        return;
    }
    const bool same_time = timestamp_ == packet.timestamp();
    if (timestamp_ && !same_time) {
        if (state_ == State::open) end_unit();
        state_ = State::between;
    }
    timestamp_ = packet.timestamp();

    if (state_ == State::between) {
        begin_unit(false);
    } else if (state_ == State::lost) {
        const bool cut = cut_ == packet.timestamp();
        const auto start = cut ? UnitStart::none : assembler_->start(payload);
        if (start == UnitStart::none || start == UnitStart::delta) need_keyframe();
        if (start != UnitStart::none) begin_unit(true);
    }
    ++unit_packets_;
    if (state_ == State::open && !assembler_->add(payload)) {
        ++counters_.broken;
        lose();
        need_keyframe();
    } else if (state_ == State::lost) {
        leave_out();
    }
    if (!packet.marker()) return;
    marks_ends_ = true;
    if (state_ == State::open) end_unit();
    state_ = State::between; // whatever became of this unit, the next packet starts another
}

void VideoDepacketizer::finish() {
    end_stream();
}

void VideoDepacketizer::begin_unit(bool behind_gap) {
    assembler_->begin(behind_gap);
    cut_.reset();
    state_ = State::open;
}

void VideoDepacketizer::end_unit() {
    state_ = State::between;
    auto ended = assembler_->end();
    if (ended.kind == Assembled::Kind::nothing) {
        unit_packets_ = 0;
        return;
    }
    if (ended.kind == Assembled::Kind::unusable) {
        lose();
        need_keyframe();
        state_ = State::between;
        return;
    }
    if (frozen_ && !ended.unit.keyframe) {
        leave_out();
        need_keyframe();
        return;
    }
    if (ended.unit.keyframe) {
        frozen_ = false;
        asked_ = false;
        keyframe_wish_ = false;
    }
    unit_packets_ = 0;
    Unit unit;
    unit.unit = std::move(ended.unit);
    unit.timestamp = *timestamp_;
    unit.discontinuity = std::exchange(discontinuity_, false) && started_;
    started_ = true;
    unit.format = format_.take(std::move(ended.format));
    ready_.push(std::move(unit));
}

// Whether the last unit is whole is known only of a sender that never marks ends.
void VideoDepacketizer::end_stream() {
    if (state_ == State::open && !marks_ends_) end_unit();
    if (state_ == State::open) lose();
    state_ = State::lost;
    timestamp_.reset();
    marks_ends_ = false;
}

void VideoDepacketizer::lose() {
    leave_out();
    if (state_ != State::between && timestamp_) cut_ = timestamp_;
    state_ = State::lost;
    frozen_ = true;
    asked_ = false;
    assembler_->interrupt();
}

void VideoDepacketizer::leave_out() {
    counters_.dropped += std::exchange(unit_packets_, 0);
    discontinuity_ = true;
}

void VideoDepacketizer::need_keyframe() {
    if (!std::exchange(asked_, true)) keyframe_wish_ = true;
}

} // namespace parley::media
