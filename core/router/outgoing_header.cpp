#include "core/router/outgoing_header.hpp"

#include "core/rtp/codec/av1.hpp"
#include "core/rtp/packet.hpp"

#include <algorithm>

namespace parley {

namespace {

constexpr std::array<rtp::Extension, 5> value_extensions{
    rtp::Extension::audio_level,           rtp::Extension::video_orientation,
    rtp::Extension::playout_delay,         rtp::Extension::abs_capture_time,
    rtp::Extension::dependency_descriptor,
};
constexpr std::size_t block_at = rtp::fixed_header_size;
constexpr std::size_t elements_at = block_at + 4;
constexpr std::size_t largest_one_byte_element = 16;

/// The bytes of one value; `scratch` is where those are made that are not in the packet as they go
/// out.
Bytes value_bytes(const MediaPacket& packet, unsigned value, std::uint16_t frame_number_offset,
                  std::uint8_t* scratch) {
    switch (1U << value) {
    case MediaPacket::has_audio_level:
        scratch[0] = packet.audio_level.encode();
        return {scratch, 1};
    case MediaPacket::has_video_orientation:
        return {&packet.video_orientation, 1};
    case MediaPacket::has_playout_delay:
        return {packet.playout_delay, 3};
    case MediaPacket::has_capture_time:
        store_be64(scratch, packet.capture.value);
        return {scratch, 8};
    default:
        break;
    }
    const Bytes descriptor = packet.descriptor();
    std::copy(descriptor.begin(), descriptor.end(), scratch);
    const MutBytes copy{scratch, descriptor.size()};
    if (frame_number_offset != 0) {
        rtp::DependencyDescriptor::shift_frame_number(copy, frame_number_offset);
    }
    return copy;
}

} // namespace

void OutgoingHeader::build(rtp::Ssrc ssrc, std::uint8_t payload_type, std::string_view mid,
                           const rtp::ExtensionMap& extensions) {
    template_ = {};
    transport_cc_at_ = 0;
    abs_send_time_at_ = 0;
    wanted_ = 0;
    rtp::write_fixed_header(template_.data(), {payload_type, false, false, 0, 0, ssrc});

    std::size_t at = elements_at;
    const auto element = [&](rtp::Extension extension, std::size_t size) -> std::uint8_t* {
        const std::uint8_t id = extensions.id(extension);
        if (id == 0 || id > 14 || size == 0 || size > largest_one_byte_element) return nullptr;
        template_[at] = static_cast<std::uint8_t>(id << 4 | (size - 1));
        std::uint8_t* data = template_.data() + at + 1;
        at += 1 + size;
        return data;
    };
    if (auto* data = element(rtp::Extension::mid, mid.size())) {
        std::copy(mid.begin(), mid.end(), data);
    }
    if (auto* data = element(rtp::Extension::transport_cc, 2)) {
        transport_cc_at_ = static_cast<std::uint8_t>(data - template_.data());
    }
    if (auto* data = element(rtp::Extension::abs_send_time, 3)) {
        abs_send_time_at_ = static_cast<std::uint8_t>(data - template_.data());
    }
    elements_end_ = static_cast<std::uint8_t>(at);
    size_ = rtp::fixed_header_size;
    store_be16(template_.data() + block_at, 0xBEDE);
    if (at != elements_at) {
        size_ = static_cast<std::uint8_t>((at + 3) & ~std::size_t{3});
        template_[0] |= 0x10;
        store_be16(template_.data() + block_at + 2,
                   static_cast<std::uint16_t>((size_ - elements_at) / 4));
    }

    for (std::size_t i = 0; i < value_extensions.size(); ++i) {
        ids_[i] = extensions.id(value_extensions[i]);
        // A descriptor's template structure is longer than the one-byte form can carry: a peer that
        // may not be sent the other form could not follow the descriptors that need it.
        const bool descriptor = value_extensions[i] == rtp::Extension::dependency_descriptor;
        if (ids_[i] == 0 || ids_[i] > 14 || (descriptor && !extensions.mixed())) continue;
        wanted_ = static_cast<std::uint8_t>(wanted_ | 1U << i);
    }
}

std::size_t OutgoingHeader::write_values(std::uint8_t* out, const MediaPacket& packet,
                                         std::uint16_t frame_number_offset) const {
    const unsigned values = packet.values & wanted_;
    if ((values & MediaPacket::has_descriptor) != 0 &&
        packet.descriptor_size > largest_one_byte_element) {
        return rewrite_two_byte(out, packet, frame_number_offset);
    }
    std::uint8_t* at = out + elements_end_;
    for (unsigned i = 0; i < value_extensions.size(); ++i) {
        if ((values >> i & 1) == 0) continue;
        std::uint8_t scratch[largest_one_byte_element];
        const Bytes data = value_bytes(packet, i, frame_number_offset, scratch);
        *at++ = static_cast<std::uint8_t>(ids_[i] << 4 | (data.size() - 1));
        at = std::copy(data.begin(), data.end(), at);
    }
    while ((at - out) % 4 != 0)
        *at++ = 0;
    const auto size = static_cast<std::size_t>(at - out);
    out[0] |= 0x10;
    store_be16(out + block_at + 2, static_cast<std::uint16_t>((size - elements_at) / 4));
    return size;
}

std::size_t OutgoingHeader::rewrite_two_byte(std::uint8_t* out, const MediaPacket& packet,
                                             std::uint16_t frame_number_offset) const {
    std::uint8_t block[values_bound];
    rtp::ExtensionWriter writer{block, rtp::ExtensionWriter::Form::two_byte};
    const std::size_t ours = elements_end_ - elements_at;
    rtp::ExtensionReader reader{0xBEDE, {out + elements_at, ours}};
    while (const auto element = reader.next())
        writer.add(element->id, element->data);
    const unsigned values = packet.values & wanted_;
    for (unsigned i = 0; i < value_extensions.size(); ++i) {
        if ((values >> i & 1) == 0) continue;
        std::uint8_t scratch[256];
        writer.add(ids_[i], value_bytes(packet, i, frame_number_offset, scratch));
    }
    const std::size_t size = writer.finish();
    std::memcpy(out + block_at, block, size);
    out[0] |= 0x10;
    return block_at + size;
}

} // namespace parley
