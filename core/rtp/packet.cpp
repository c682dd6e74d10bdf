#include "core/rtp/packet.hpp"

namespace parley::rtp {

std::optional<PacketView> PacketView::parse(Bytes datagram) {
    if (datagram.size() < fixed_header_size || datagram.size() > 0xFFFF) return std::nullopt;
    const std::uint8_t first = datagram[0];
    if (first >> 6 != 2) return std::nullopt;

    PacketView view;
    view.data_ = datagram.data();
    std::size_t offset = fixed_header_size + std::size_t{first & 0x0FU} * 4;
    if (offset > datagram.size()) return std::nullopt;

    if ((first & 0x10) != 0) {
        if (datagram.size() - offset < 4) return std::nullopt;
        view.extension_profile_ = load_be16(datagram.data() + offset);
        const std::size_t size = std::size_t{load_be16(datagram.data() + offset + 2)} * 4;
        offset += 4;
        if (datagram.size() - offset < size) return std::nullopt;
        view.extension_offset_ = static_cast<std::uint16_t>(offset);
        view.extension_size_ = static_cast<std::uint16_t>(size);
        offset += size;
    }

    std::size_t end = datagram.size();
    if ((first & 0x20) != 0) {
        const std::size_t padding = datagram.back();
        if (padding == 0 || padding > end - offset) return std::nullopt;
        view.padding_size_ = static_cast<std::uint8_t>(padding);
        end -= padding;
    }
    view.payload_offset_ = static_cast<std::uint16_t>(offset);
    view.payload_size_ = static_cast<std::uint16_t>(end - offset);
    return view;
}

Bytes PacketView::find(std::uint8_t id) const {
    auto reader = extensions();
    while (const auto element = reader.next()) {
        if (element->id == id) return element->data;
    }
    return {};
}

} // namespace parley::rtp
