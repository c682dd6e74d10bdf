#include "core/rtp/extension.hpp"

#include <algorithm>

namespace parley::rtp {

namespace {

struct Known {
    std::string_view uri;
    std::uint8_t canonical_id;
};

// In the order of the enumeration.
constexpr std::array<Known, extension_count> known{{
    {"urn:ietf:params:rtp-hdrext:sdes:mid", 1},
    {"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 9},
    {"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", 10},
    {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", 2},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 4},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", 5},
    {"urn:3gpp:video-orientation", 6},
    {"http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", 7},
    {"https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", 8},
}};

constexpr std::uint16_t one_byte_profile = 0xBEDE;
constexpr std::uint16_t two_byte_profile = 0x1000; // the low four bits are the application's

} // namespace

std::string_view uri(Extension extension) {
    return known[static_cast<std::size_t>(extension)].uri;
}

std::optional<Extension> from_uri(std::string_view uri) {
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i].uri == uri) return all_extensions[i];
    }
    return std::nullopt;
}

std::uint8_t canonical_id(Extension extension) {
    return known[static_cast<std::size_t>(extension)].canonical_id;
}

ExtensionMap ExtensionMap::canonical() {
    ExtensionMap map;
    for (const Extension extension : all_extensions)
        map.set(canonical_id(extension), extension);
    map.set_mixed(true);
    return map;
}

bool ExtensionMap::set(std::uint8_t id, Extension extension) {
    if (id == 0 || id == 15) return false;
    auto& slot = ids_[static_cast<std::size_t>(extension)];
    if (slot == id) return true;
    if (slot != 0 || find(id)) return false;
    slot = id;
    return true;
}

void ExtensionMap::remove(Extension extension) {
    ids_[static_cast<std::size_t>(extension)] = 0;
}

std::optional<Extension> ExtensionMap::find(std::uint8_t id) const {
    if (id == 0) return std::nullopt;
    const auto at = std::find(ids_.begin(), ids_.end(), id);
    if (at == ids_.end()) return std::nullopt;
    return all_extensions[static_cast<std::size_t>(at - ids_.begin())];
}

ExtensionReader::ExtensionReader(std::uint16_t profile, Bytes block) : rest_{block} {
    if (profile == one_byte_profile) form_ = Form::one_byte;
    if ((profile & 0xFFF0) == two_byte_profile) form_ = Form::two_byte;
}

std::optional<ExtensionElement> ExtensionReader::next() {
    while (form_ != Form::none && !rest_.empty()) {
        const std::uint8_t first = rest_[0];
        if (first == 0) { // padding byte, allowed between elements too
            rest_ = rest_.subspan(1);
            continue;
        }
        std::uint8_t id = first;
        std::size_t head = 2;
        std::size_t size = 0;
        if (form_ == Form::one_byte) {
            id = first >> 4;
            head = 1;
            size = std::size_t{first & 0x0FU} + 1;
            // Id 15 stops the walk (RFC 8285, section 4.2); id 0 with a length is padding gone
            // wrong.
            if (id == 15 || id == 0) break;
        } else {
            if (rest_.size() < 2) break;
            size = rest_[1];
        }
        if (rest_.size() < head + size) break;
        const ExtensionElement element{id, rest_.subspan(head, size)};
        rest_ = rest_.subspan(head + size);
        return element;
    }
    rest_ = {};
    return std::nullopt;
}

ExtensionWriter::ExtensionWriter(MutBytes buffer, Form form) : buffer_{buffer}, form_{form} {}

bool ExtensionWriter::add(std::uint8_t id, Bytes data) {
    const bool one_byte = form_ == Form::one_byte;
    if (id == 0) return false;
    if (one_byte ? (id > 14 || data.empty() || data.size() > 16) : data.size() > 255) return false;
    const std::size_t head = one_byte ? 1 : 2;
    // Room for the padding must stay, and it never needs more than three bytes.
    const std::size_t padded = (size_ + head + data.size() + 3) & ~std::size_t{3};
    if (padded > buffer_.size()) return false;
    if (one_byte) {
        buffer_[size_] = static_cast<std::uint8_t>(id << 4 | (data.size() - 1));
    } else {
        buffer_[size_] = id;
        buffer_[size_ + 1] = static_cast<std::uint8_t>(data.size());
    }
    std::copy(data.begin(), data.end(),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_ + head));
    size_ += head + data.size();
    return true;
}

std::size_t ExtensionWriter::finish() {
    if (empty()) return 0;
    while (size_ % 4 != 0)
        buffer_[size_++] = 0;
    store_be16(buffer_.data(), form_ == Form::one_byte ? one_byte_profile : two_byte_profile);
    store_be16(buffer_.data() + 2, static_cast<std::uint16_t>(size_ / 4 - 1));
    return size_;
}

} // namespace parley::rtp
