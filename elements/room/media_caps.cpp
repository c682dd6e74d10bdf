#include "elements/room/media_caps.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace parley::room_elements {

namespace {

constexpr const char* base_package = "gstreamer1.0-plugins-base";
constexpr const char* good_package = "gstreamer1.0-plugins-good";
constexpr const char* bad_package = "gstreamer1.0-plugins-bad";
constexpr const char* h264_units = "video/x-h264,stream-format=byte-stream,alignment=au";
constexpr const char* h265_units = "video/x-h265,stream-format=byte-stream,alignment=au";

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// "a=1;b=2" as string fields of their own; names in lower case, as GStreamer has them.
void add_parameters(GstStructure* structure, std::string_view fmtp) {
    while (!fmtp.empty()) {
        const auto end = std::min(fmtp.find(';'), fmtp.size());
        const auto item = fmtp.substr(0, end);
        fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
        const auto equals = item.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string name{item.substr(0, equals)};
        const std::string value{item.substr(equals + 1)};
        gst_structure_set(structure, name.c_str(), G_TYPE_STRING, value.c_str(), nullptr);
    }
}

} // namespace

GstPtr<GstCaps> rtp_caps(Codec codec, const tap::Format& format, std::uint32_t ssrc) {
    const auto encoding = upper(codec_name(codec));
    const bool audio = media_kind(codec) == MediaKind::audio;
    auto* const structure =
        gst_structure_new("application/x-rtp", "media", G_TYPE_STRING, audio ? "audio" : "video",
                          "payload", G_TYPE_INT, int{format.payload_type}, "clock-rate", G_TYPE_INT,
                          static_cast<int>(format.clock_rate), "encoding-name", G_TYPE_STRING,
                          encoding.c_str(), nullptr);
    if (ssrc != 0) gst_structure_set(structure, "ssrc", G_TYPE_UINT, ssrc, nullptr);
    if (audio && format.channels > 1) {
        const auto channels = std::to_string(format.channels);
        gst_structure_set(structure, "encoding-params", G_TYPE_STRING, channels.c_str(), nullptr);
    }
    add_parameters(structure, format.fmtp);
    for (const auto& extension : format.extensions) {
        const auto name = "extmap-" + std::to_string(extension.id);
        gst_structure_set(structure, name.c_str(), G_TYPE_STRING, extension.uri.c_str(), nullptr);
    }
    return adopt_ptr(gst_caps_new_full(structure, nullptr));
}

const std::vector<Step>& depayload_steps(Codec codec) {
    // Keyframes are asked for where a depayloader finds that it cannot go on without one.
    static const std::vector<Step> opus{{"rtpopusdepay", base_package, {}},
                                        {"opusparse", bad_package, {}}};
    static const std::vector<Step> vp8{
        {"rtpvp8depay", good_package, {{"request-keyframe", "true"}}}};
    static const std::vector<Step> vp9{
        {"rtpvp9depay", good_package, {{"request-keyframe", "true"}}}};
    static const std::vector<Step> h264{
        {"rtph264depay", good_package, {{"request-keyframe", "true"}}, h264_units},
        {"h264parse", bad_package, {}, h264_units}};
    static const std::vector<Step> h265{{"rtph265depay", good_package, {}, h265_units},
                                        {"h265parse", bad_package, {}, h265_units}};
    static const std::vector<Step> av1{{"rtcav1depay", "the same plugin", {}},
                                       {"av1parse", bad_package, {}}};
    static const std::vector<Step> pcmu{{"rtppcmudepay", good_package, {}}};
    static const std::vector<Step> pcma{{"rtppcmadepay", good_package, {}}};
    switch (codec) {
    case Codec::opus:
        return opus;
    case Codec::vp8:
        return vp8;
    case Codec::vp9:
        return vp9;
    case Codec::h264:
        return h264;
    case Codec::h265:
        return h265;
    case Codec::av1:
        return av1;
    case Codec::pcmu:
        return pcmu;
    case Codec::pcma:
        return pcma;
    }
    return vp8;
}

const Step* parse_step(Codec codec) {
    static const Step opus{"opusparse", bad_package, {}};
    static const Step h264{"h264parse", bad_package, {{"config-interval", "-1"}}, h264_units};
    static const Step h265{"h265parse", bad_package, {{"config-interval", "-1"}}, h265_units};
    static const Step av1{"av1parse", bad_package, {}};
    switch (codec) {
    case Codec::opus:
        return &opus;
    case Codec::h264:
        return &h264;
    case Codec::h265:
        return &h265;
    case Codec::av1:
        return &av1;
    default:
        return nullptr;
    }
}

const Step& payload_step(Codec codec) {
    static const Step opus{"rtpopuspay", base_package, {{"mtu", "1200"}, {"pt", "111"}}};
    static const Step pcmu{"rtppcmupay", good_package, {{"mtu", "1200"}}};
    static const Step pcma{"rtppcmapay", good_package, {{"mtu", "1200"}}};
    static const Step vp8{
        "rtpvp8pay", good_package, {{"mtu", "1200"}, {"pt", "96"}, {"picture-id-mode", "15-bit"}}};
    static const Step vp9{
        "rtpvp9pay", good_package, {{"mtu", "1200"}, {"pt", "96"}, {"picture-id-mode", "15-bit"}}};
    static const Step h264{"rtph264pay",
                           good_package,
                           {{"mtu", "1200"}, {"pt", "96"}, {"aggregate-mode", "zero-latency"}}};
    static const Step h265{"rtph265pay",
                           good_package,
                           {{"mtu", "1200"}, {"pt", "96"}, {"aggregate-mode", "zero-latency"}}};
    static const Step av1{"rtcav1pay", "the same plugin", {{"mtu", "1200"}, {"pt", "96"}}};
    switch (codec) {
    case Codec::opus:
        return opus;
    case Codec::pcmu:
        return pcmu;
    case Codec::pcma:
        return pcma;
    case Codec::vp8:
        return vp8;
    case Codec::vp9:
        return vp9;
    case Codec::h264:
        return h264;
    case Codec::h265:
        return h265;
    case Codec::av1:
        return av1;
    }
    return vp8;
}

std::optional<Codec> codec_of(const GstStructure* caps) {
    const std::string_view name{gst_structure_get_name(caps)};
    if (name == "application/x-rtp") {
        const auto* encoding = gst_structure_get_string(caps, "encoding-name");
        return encoding != nullptr ? codec_from_name(encoding) : std::nullopt;
    }
    for (std::size_t i = 0; i < codec_count; ++i) {
        const auto codec = static_cast<Codec>(i);
        const auto encoded = encoded_caps(codec);
        if (name == gst_structure_get_name(gst_caps_get_structure(encoded.get(), 0))) return codec;
    }
    return std::nullopt;
}

GstPtr<GstElement> make_decoder(Codec codec) {
    const auto caps = encoded_caps(codec);
    auto* all =
        gst_element_factory_list_get_elements(GST_ELEMENT_FACTORY_TYPE_DECODER, GST_RANK_MARGINAL);
    auto* fitting = gst_element_factory_list_filter(all, caps.get(), GST_PAD_SINK, FALSE);
    fitting = g_list_sort(fitting, gst_plugin_feature_rank_compare_func);
    GstPtr<GstElement> decoder;
    for (auto* item = fitting; item != nullptr && !decoder; item = item->next) {
        decoder = sink_ptr(gst_element_factory_create(GST_ELEMENT_FACTORY(item->data), nullptr));
    }
    gst_plugin_feature_list_free(fitting);
    gst_plugin_feature_list_free(all);
    return decoder;
}

GstPtr<GstCaps> encoded_caps(Codec codec) {
    const char* text = "";
    switch (codec) {
    case Codec::opus:
        text = "audio/x-opus";
        break;
    case Codec::vp8:
        text = "video/x-vp8,codec-alpha=false";
        break;
    case Codec::vp9:
        text = "video/x-vp9,codec-alpha=false";
        break;
    case Codec::h264:
        text = h264_units;
        break;
    case Codec::h265:
        text = h265_units;
        break;
    case Codec::av1:
        text = "video/x-av1,stream-format=obu-stream,alignment=tu";
        break;
    case Codec::pcmu:
        text = "audio/x-mulaw";
        break;
    case Codec::pcma:
        text = "audio/x-alaw";
        break;
    }
    return adopt_ptr(gst_caps_from_string(text));
}

} // namespace parley::room_elements
