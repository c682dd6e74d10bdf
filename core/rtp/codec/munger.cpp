#include "core/rtp/codec/munger.hpp"

#include <algorithm>

namespace parley::rtp {

void DescriptorMunger::switch_source() {
    vp8_.switch_source();
    vp9_.switch_source();
}

DescriptorOffsets DescriptorMunger::keep(Bytes payload) {
    if (codec_ == Codec::vp8) {
        if (const auto packet = Vp8Descriptor::parse(payload)) return vp8_.keep(*packet);
        return vp8_.offsets();
    }
    if (codec_ == Codec::vp9) {
        if (const auto packet = Vp9Descriptor::parse(payload)) return vp9_.keep(*packet);
        return vp9_.offsets();
    }
    return {};
}

void DescriptorMunger::skip(Bytes payload) {
    if (codec_ != Codec::vp8) return;
    if (const auto packet = Vp8Descriptor::parse(payload)) vp8_.skip(*packet);
}

std::size_t DescriptorMunger::rewrite(Codec codec, const DescriptorOffsets& offsets, Bytes payload,
                                      MutBytes head) {
    if (offsets == DescriptorOffsets{}) return 0;
    const auto shift = [&](const auto& packet, std::size_t size) -> std::size_t {
        if (size == 0 || head.size() < size) return 0;
        std::copy_n(payload.begin(), size, head.begin());
        packet.rewrite(offsets, head.first(size));
        return size;
    };
    if (codec == Codec::vp8) {
        const auto packet = Vp8Descriptor::parse(payload);
        return packet ? shift(*packet, packet->size) : 0;
    }
    if (codec == Codec::vp9) {
        const auto packet = Vp9Descriptor::parse(payload);
        return packet ? shift(*packet, packet->rewrite_size()) : 0;
    }
    return 0;
}

} // namespace parley::rtp
