// Payload descriptors of every codec: the first byte chooses it, four more are offsets for the
// rewrite, the rest is the payload (or, at last, a dependency descriptor).
#include "core/rtp/codec/av1.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/munger.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace parley;
using namespace parley::rtp;

void check(bool condition) {
    if (!condition) std::abort();
}

template <class Packet>
void check_rewrite(Codec codec, const DescriptorOffsets& offsets, Bytes payload) {
    const auto packet = Packet::parse(payload);
    if (!packet) return;
    std::array<std::uint8_t, DescriptorMunger::max_head> head{};
    const auto size = DescriptorMunger::rewrite(codec, offsets, payload, head);
    check(size <= payload.size());
    std::vector<std::uint8_t> changed(payload.begin(), payload.end());
    std::copy_n(head.begin(), size, changed.begin());
    const auto back = Packet::parse(changed);
    check(back && back->size == packet->size && back->frame_start == packet->frame_start &&
          back->temporal_id == packet->temporal_id);
    const unsigned mask = packet->long_picture_id ? 0x7FFF : 0x7F;
    if (packet->picture_id_at != 0) {
        check(back->picture_id == ((packet->picture_id + offsets.picture_id) & mask));
    }
    if (packet->tl0_pic_idx_at != 0) {
        check(back->tl0_pic_idx == ((packet->tl0_pic_idx + offsets.tl0_pic_idx) & 0xFF));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 5) return 0;
    const auto codec = static_cast<Codec>(data[0] % codec_count);
    const DescriptorOffsets offsets{load_be16(data + 1), data[3], data[4]};
    const Bytes payload{data + 5, size - 5};

    const auto info = inspect(codec, payload);
    check(info.valid || (!info.frame_start && !info.keyframe_start && info.width == 0));
    check((info.width == 0) == (info.height == 0) || codec == Codec::vp8 || codec == Codec::vp9);
    if (codec == Codec::vp8) check_rewrite<Vp8Descriptor>(codec, offsets, payload);
    if (codec == Codec::vp9) check_rewrite<Vp9Descriptor>(codec, offsets, payload);

    DescriptorMunger munger{codec};
    munger.keep(payload);
    munger.skip(payload);
    munger.switch_source();
    munger.keep(payload);

    if (const auto descriptor = DependencyDescriptor::parse(payload)) {
        std::vector<std::uint8_t> changed(payload.begin(), payload.end());
        DependencyDescriptor::shift_frame_number(changed, offsets.picture_id);
        const auto back = DependencyDescriptor::parse(changed);
        check(back && back->template_id == descriptor->template_id &&
              back->frame_number ==
                  static_cast<std::uint16_t>(descriptor->frame_number + offsets.picture_id));
    }
    return 0;
}
