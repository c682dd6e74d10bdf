#include "elements/room/sink/rtp_format.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <vector>

namespace parley::room_elements {

namespace {

constexpr std::string_view extension_prefix = "extmap-";

std::vector<const char*> parameters(Codec codec) {
    switch (codec) {
    case Codec::vp9:
        return {"profile-id"};
    case Codec::h264:
        return {"packetization-mode"};
    case Codec::h265:
        return {"profile-id", "tier-flag", "tx-mode"};
    case Codec::av1:
        return {"profile", "tier"};
    default:
        return {};
    }
}

std::string text_of(const GstStructure* caps, const char* name) {
    const auto* value = gst_structure_get_value(caps, name);
    if (value == nullptr) return {};
    if (G_VALUE_HOLDS_STRING(value)) return g_value_get_string(value);
    return G_VALUE_HOLDS_INT(value) ? std::to_string(g_value_get_int(value)) : std::string{};
}

/// RFC 6184, table 5 has the constraint flags of few profiles; encoders set others as well.
std::string h264_profile(std::string text) {
    unsigned value = 0;
    const auto* const end = text.data() + text.size();
    if (text.size() != 6 || std::from_chars(text.data(), end, value, 16).ptr != end) {
        return "42e01f";
    }
    constexpr unsigned high = 0x64;
    constexpr unsigned constrained = 0x0C;
    if (value >> 16 != high) return text;
    const unsigned flags = value >> 8 & constrained;
    return fmt::format("{:02x}{:02x}{:02x}", high, flags == constrained ? constrained : 0,
                       value & 0xFF);
}

void read_extension(const GstStructure* caps, const std::string& field, RtpFormat& format) {
    unsigned id = 0;
    const auto* const begin = field.data() + extension_prefix.size();
    const auto* const end = field.data() + field.size();
    if (std::from_chars(begin, end, id).ptr != end) return;
    // A string, or ["direction", "uri", "attributes"].
    const auto* value = gst_structure_get_value(caps, field.c_str());
    if (GST_VALUE_HOLDS_ARRAY(value) && gst_value_array_get_size(value) > 1) {
        value = gst_value_array_get_value(value, 1);
    }
    if (!G_VALUE_HOLDS_STRING(value)) return;
    const auto extension = rtp::from_uri(g_value_get_string(value));
    if (!extension || id > 0xFF ||
        !format.extensions.set(static_cast<std::uint8_t>(id), *extension)) {
        format.other_extensions = true;
    }
}

} // namespace

RtpFormat rtp_format(Codec codec, const GstCaps* caps) {
    RtpFormat format;
    const auto* const structure = gst_caps_get_structure(caps, 0);
    int payload = 0;
    gst_structure_get_int(structure, "payload", &payload);
    format.payload_type = static_cast<std::uint8_t>(payload);
    for (const char* name : parameters(codec)) {
        auto value = text_of(structure, name);
        if (value.empty() && codec == Codec::h264) value = "1"; // whoever sends FU-A means this
        if (value.empty()) continue;
        if (!format.fmtp.empty()) format.fmtp += ';';
        format.fmtp += fmt::format("{}={}", name, value);
    }
    if (codec == Codec::h264) {
        format.fmtp += ";profile-level-id=" + h264_profile(text_of(structure, "profile-level-id"));
    }
    for (int i = 0; i < gst_structure_n_fields(structure); ++i) {
        const std::string field = gst_structure_nth_field_name(structure, static_cast<guint>(i));
        if (field.starts_with(extension_prefix)) read_extension(structure, field, format);
    }
    format.extensions.set_mixed(true);
    return format;
}

} // namespace parley::room_elements
