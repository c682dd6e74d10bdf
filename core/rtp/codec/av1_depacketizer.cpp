#include "core/rtp/codec/av1_depacketizer.hpp"

#include "core/rtp/codec/av1.hpp"

#include <array>
#include <utility>

namespace parley::rtp {

namespace {

constexpr std::array<std::uint8_t, 2> temporal_delimiter{0x12, 0x00};
constexpr unsigned has_size_bit = 0x02;

} // namespace

std::optional<Av1TemporalUnit> Av1Depacketizer::ended_before(const Packet& packet) {
    if (state_ != State::open || packet.gap || timestamp_ == packet.timestamp) return {};
    return end_unit();
}

std::optional<Av1TemporalUnit> Av1Depacketizer::push(const Packet& packet) {
    if (packet.gap && timestamp_) lose(); // nothing is missed before the first packet
    if (state_ == State::between || (state_ == State::lost && starts_unit(packet))) begin_unit();
    timestamp_ = packet.timestamp;
    if (state_ == State::open && !add_payload(packet.payload)) lose();
    if (!packet.marker) return {};
    // Whatever became of this unit, the next packet starts another.
    if (state_ == State::open) return end_unit();
    state_ = State::between;
    return {};
}

std::optional<Av1TemporalUnit> Av1Depacketizer::finish() {
    auto last = state_ == State::open ? end_unit() : std::nullopt;
    reset();
    return last;
}

void Av1Depacketizer::reset() {
    *this = [this] {
        Av1Depacketizer fresh{max_unit_};
        fresh.wait_for_keyframe_ = wait_for_keyframe_;
        fresh.delimiter_ = delimiter_;
        return fresh;
    }();
}

bool Av1Depacketizer::take_keyframe_wish() {
    return std::exchange(keyframe_wish_, false);
}

// Of a packet that follows lost ones. A later layer of a picture whose first one is lost starts
// with an OBU of its own too.
bool Av1Depacketizer::starts_unit(const Packet& packet) const {
    const auto parsed = Av1Packet::parse(packet.payload);
    if (!parsed || parsed->continues_previous) return false;
    return parsed->new_sequence ||
           (parsed->frame_start && parsed->spatial_id == 0 && timestamp_ != packet.timestamp);
}

Bytes Av1Depacketizer::delimiter() const {
    return delimiter_ ? Bytes{temporal_delimiter} : Bytes{};
}

void Av1Depacketizer::begin_unit() {
    state_ = State::open;
    fragment_.clear();
    unit_.assign(delimiter().begin(), delimiter().end());
    inspector_.begin();
}

bool Av1Depacketizer::add_payload(Bytes payload) {
    const auto packet = Av1Packet::parse(payload);
    if (!packet || packet->continues_previous == fragment_.empty()) return false;
    ByteReader reader{payload.subspan(1)};
    for (unsigned n = 1; reader.remaining() != 0; ++n) {
        const bool last = n == packet->obu_count;
        const auto size = last ? std::optional{reader.remaining()} : read_leb128(reader);
        if (!size || *size > reader.remaining()) return false;
        const auto element = reader.bytes(*size);
        const bool continues = n == 1 && packet->continues_previous;
        const bool continued = reader.remaining() == 0 && packet->continued;
        if (!add_element(element, continues, continued)) return false;
        if (reader.remaining() == 0 && packet->obu_count > n) return false;
    }
    return true;
}

bool Av1Depacketizer::add_element(Bytes element, bool continues, bool continued) {
    if (unit_.size() + fragment_.size() + element.size() + max_leb128_size > max_unit_) {
        return false;
    }
    if (!continues && !continued) return element.empty() || add_obu(element);
    fragment_.insert(fragment_.end(), element.begin(), element.end());
    if (continued) return !fragment_.empty();
    const bool added = add_obu(fragment_);
    fragment_.clear();
    return added;
}

bool Av1Depacketizer::add_obu(Bytes bytes) {
    const auto obu = Av1Obu::parse(bytes);
    if (!obu) return false;
    if (!travels(obu->type)) return true;
    if (!inspector_.add(*obu)) return false;
    const auto header = obu->header_bytes();
    unit_.push_back(static_cast<std::uint8_t>(header[0] | has_size_bit));
    if (obu->has_extension) unit_.push_back(header[1]);
    std::array<std::uint8_t, max_leb128_size> size{};
    const auto length = write_leb128(size.data(), obu->payload.size());
    unit_.insert(unit_.end(), size.begin(), size.begin() + static_cast<std::ptrdiff_t>(length));
    unit_.insert(unit_.end(), obu->payload.begin(), obu->payload.end());
    return true;
}

std::optional<Av1TemporalUnit> Av1Depacketizer::end_unit() {
    if (!fragment_.empty()) {
        lose();
        state_ = State::between;
        return {};
    }
    state_ = State::between;
    if (unit_.size() == delimiter().size()) return {};
    const bool keyframe = inspector_.starts_sequence();
    if (needs_keyframe_ && !keyframe) {
        keyframe_wish_ = true;
        discontinuity_ = true;
        return {};
    }
    needs_keyframe_ = false;
    const auto size = unit_.size();
    Av1TemporalUnit ended{std::move(unit_), keyframe, std::exchange(discontinuity_, false),
                          *inspector_.sequence()};
    unit_ = {};
    unit_.reserve(size);
    return ended;
}

void Av1Depacketizer::lose() {
    state_ = State::lost;
    unit_.clear();
    fragment_.clear();
    discontinuity_ = true;
    keyframe_wish_ = true;
    if (wait_for_keyframe_) needs_keyframe_ = true;
}

} // namespace parley::rtp
