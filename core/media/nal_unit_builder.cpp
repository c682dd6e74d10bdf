#include "core/media/nal_unit_builder.hpp"

#include "core/media/depacketizer.hpp"

#include <array>
#include <utility>

namespace parley::media {

namespace {

std::array<std::uint8_t, 4> length_of(std::size_t size) {
    std::array<std::uint8_t, 4> bytes{};
    store_be32(bytes.data(), static_cast<std::uint32_t>(size));
    return bytes;
}

const ParameterSet* sps_of(const ParameterSets& sets, std::optional<unsigned> pps) {
    const auto* picture = pps ? sets.find(NalKind::pps, *pps) : nullptr;
    return picture != nullptr ? sets.find(NalKind::sps, picture->parent) : nullptr;
}

} // namespace

template <class Nal>
void NalUnitBuilder<Nal>::learn(Bytes nal) {
    const auto kind = Nal::kind(nal);
    if (!is_parameter_set(kind)) return;
    // What does not fit is as good as broken.
    if (auto set = Nal::parse_set(kind, nal)) static_cast<void>(sets_.put(std::move(*set)));
}

template <class Nal>
void NalUnitBuilder<Nal>::begin(bool behind_gap, std::size_t size) {
    behind_gap_ = behind_gap;
    first_slice_.reset();
    only_key_slices_ = true;
    leading_ = false;
    nal_at_.reset();
    data_.clear();
    // Lengths may be a byte longer than start codes.
    data_.reserve(size != 0 ? size + size / 64 : room_for_next(last_size_));
}

template <class Nal>
bool NalUnitBuilder<Nal>::fits(std::size_t more) const {
    return data_.size() + more <= max_unit_size;
}

template <class Nal>
bool NalUnitBuilder<Nal>::add(Bytes nal) {
    const auto kind = Nal::kind(nal);
    if (nal_at_ || kind == NalKind::broken) return false;
    if (kind == NalKind::left_out) return true;
    if (is_parameter_set(kind)) return note_set(kind, nal);
    if (!fits(length_size + nal.size())) return false;
    note_slice(kind, data_.size());
    const auto length = length_of(nal.size());
    data_.insert(data_.end(), length.begin(), length.end());
    data_.insert(data_.end(), nal.begin(), nal.end());
    return true;
}

template <class Nal>
bool NalUnitBuilder<Nal>::begin_fragmented(Bytes header) {
    if (nal_at_ || Nal::kind(header) == NalKind::broken) return false;
    nal_at_ = data_.size();
    data_.insert(data_.end(), length_size, 0);
    data_.insert(data_.end(), header.begin(), header.end());
    return true;
}

template <class Nal>
bool NalUnitBuilder<Nal>::add_fragment(Bytes piece) {
    if (!nal_at_ || !fits(piece.size())) return false;
    data_.insert(data_.end(), piece.begin(), piece.end());
    return true;
}

template <class Nal>
bool NalUnitBuilder<Nal>::end_fragmented() {
    if (!nal_at_) return false;
    const auto at = *std::exchange(nal_at_, std::nullopt);
    const auto nal = Bytes{data_}.subspan(at + length_size);
    const auto kind = Nal::kind(nal);
    if (is_parameter_set(kind) || kind == NalKind::left_out) {
        const bool good = kind == NalKind::left_out || note_set(kind, nal);
        data_.resize(at);
        return good;
    }
    store_be32(data_.data() + at, static_cast<std::uint32_t>(nal.size()));
    note_slice(kind, at);
    return true;
}

template <class Nal>
bool NalUnitBuilder<Nal>::note_set(NalKind kind, Bytes nal) {
    auto set = Nal::parse_set(kind, nal);
    if (set && brought_.put(std::move(*set))) return true;
    brought_ = {};
    return false;
}

template <class Nal>
void NalUnitBuilder<Nal>::note_slice(NalKind kind, std::size_t at) {
    if (!is_slice(kind)) return;
    if (!first_slice_) first_slice_ = at;
    if (kind != NalKind::key_slice) only_key_slices_ = false;
    if (kind == NalKind::leading_slice) leading_ = true;
}

template <class Nal>
Bytes NalUnitBuilder<Nal>::first_slice() const {
    const auto size = load_be32(data_.data() + *first_slice_);
    return Bytes{data_}.subspan(*first_slice_ + length_size, size);
}

template <class Nal>
Assembled NalUnitBuilder<Nal>::end() {
    if (nal_at_) return {Assembled::Kind::unusable};
    if (!first_slice_) return {Assembled::Kind::nothing};
    if (leading_ && !leading_decodable_) return {Assembled::Kind::nothing};
    Assembled ended{Assembled::Kind::whole};
    if (only_key_slices_) {
        ended.format = key_format();
        if (!ended.format) return {Assembled::Kind::unusable};
        ended.unit.keyframe = true;
    } else {
        keep_changed_sets_in_band();
    }
    last_size_ = data_.size();
    ended.unit.data = std::move(data_);
    data_ = {};
    return ended;
}

template <class Nal>
std::optional<StreamFormat> NalUnitBuilder<Nal>::key_format() {
    const bool brings = brought_.has(NalKind::sps) && brought_.has(NalKind::pps);
    // A sender that repeats them with each keyframe has sent them with this one too.
    if (behind_gap_ && in_band_ && !brings) return {};
    const auto slice = first_slice();
    const auto pps = Nal::pps_of_slice(slice);
    if (!adopt_sets(pps)) return {};
    const auto* sps = sps_of(sets_, pps);
    auto format = sps != nullptr ? Nal::format(sets_, *sps) : std::nullopt;
    if (!format) return {};
    in_band_ = brings;
    leading_decodable_ = !std::exchange(interrupted_, false) && !Nal::broken_link(slice);
    return format;
}

// A unit that brings all that it needs replaces what was there; sets that are no more used would
// pile up.
template <class Nal>
bool NalUnitBuilder<Nal>::adopt_sets(std::optional<unsigned> pps) {
    auto brought = std::exchange(brought_, {});
    const auto* sps = sps_of(brought, pps);
    if (sps != nullptr && Nal::complete(brought, *sps)) {
        sets_ = std::move(brought);
        return true;
    }
    for (const auto& set : brought.all()) {
        if (!sets_.put(set)) return false;
    }
    return true;
}

template <class Nal>
void NalUnitBuilder<Nal>::keep_changed_sets_in_band() {
    if (brought_.empty()) return;
    std::vector<std::uint8_t> changed;
    for (const auto& set : brought_.all()) {
        const auto* known = sets_.find(set.kind, set.id);
        if (known != nullptr && *known == set) continue;
        if (!sets_.put(set)) continue;
        const auto length = length_of(set.nal.size());
        changed.insert(changed.end(), length.begin(), length.end());
        changed.insert(changed.end(), set.nal.begin(), set.nal.end());
    }
    brought_ = {};
    data_.insert(data_.begin(), changed.begin(), changed.end());
}

template class NalUnitBuilder<H264Nal>;
template class NalUnitBuilder<H265Nal>;

} // namespace parley::media
