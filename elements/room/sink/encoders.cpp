#include "elements/room/sink/encoders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace parley::room_elements {

namespace {

constexpr const char* good_package = "gstreamer1.0-plugins-good";
constexpr const char* bad_package = "gstreamer1.0-plugins-bad";
constexpr const char* ugly_package = "gstreamer1.0-plugins-ugly";
constexpr const char* baseline =
    "video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au";

/// Keyframes cost latency on a narrow link: they come when somebody asks, else twice a minute.
const std::vector<EncoderPreset>& video_table() {
    static const std::vector<EncoderPreset> table{
        {Codec::vp8,
         {"vp8enc",
          good_package,
          {{"deadline", "1"},
           {"cpu-used", "8"},
           {"end-usage", "cbr"},
           {"lag-in-frames", "0"},
           {"error-resilient", "default"},
           {"keyframe-max-dist", "900"},
           {"buffer-size", "1000"},
           {"buffer-initial-size", "500"},
           {"buffer-optimal-size", "600"},
           {"undershoot", "100"},
           {"overshoot", "15"},
           {"max-quantizer", "56"},
           {"static-threshold", "1"},
           {"threads", "2"}}},
         "target-bitrate",
         1},
        {Codec::vp9,
         {"vp9enc",
          good_package,
          {{"deadline", "1"},
           {"cpu-used", "8"},
           {"end-usage", "cbr"},
           {"lag-in-frames", "0"},
           {"error-resilient", "default"},
           {"keyframe-max-dist", "900"},
           {"buffer-size", "1000"},
           {"buffer-initial-size", "500"},
           {"buffer-optimal-size", "600"},
           {"row-mt", "true"},
           {"threads", "2"}}},
         "target-bitrate",
         1},
        {Codec::h264,
         {"x264enc",
          ugly_package,
          {{"tune", "zerolatency"},
           {"speed-preset", "superfast"},
           {"bframes", "0"},
           {"key-int-max", "900"},
           {"vbv-buf-capacity", "1000"}},
          baseline},
         "bitrate",
         1000},
        {Codec::h264,
         {"openh264enc",
          bad_package,
          {{"rate-control", "bitrate"}, {"complexity", "low"}, {"gop-size", "900"}},
          baseline},
         "bitrate",
         1},
        {Codec::av1,
         {"av1enc",
          bad_package,
          {{"usage-profile", "realtime"},
           {"cpu-used", "9"},
           {"end-usage", "cbr"},
           {"lag-in-frames", "0"},
           {"keyframe-max-dist", "900"},
           {"row-mt", "true"},
           {"threads", "2"}}},
         "target-bitrate",
         1000},
        {Codec::h264, {"nvh264enc", bad_package, {{"bframes", "0"}}, baseline}, "bitrate", 1000},
        {Codec::h264, {"vah264enc", bad_package, {{"b-frames", "0"}}, baseline}, "bitrate", 1000},
        {Codec::h264, {"vaapih264enc", "gstreamer1.0-vaapi", {}, baseline}, "bitrate", 1000},
    };
    return table;
}

/// What a factory's source pad carries.
std::optional<Codec> codec_of_factory(GstElementFactory* factory) {
    for (const auto* item = gst_element_factory_get_static_pad_templates(factory); item != nullptr;
         item = item->next) {
        auto* const pad = static_cast<GstStaticPadTemplate*>(item->data);
        if (pad->direction != GST_PAD_SRC) continue;
        const auto caps = adopt_ptr(gst_static_pad_template_get_caps(pad));
        if (gst_caps_get_size(caps.get()) == 0) continue;
        if (const auto codec = codec_of(gst_caps_get_structure(caps.get(), 0))) return codec;
    }
    return std::nullopt;
}

} // namespace

Result<EncoderPreset> video_encoder(const std::string& name) {
    const auto& table = video_table();
    if (name.empty()) return table.front();
    const auto known = std::find_if(table.begin(), table.end(), [&](const auto& preset) {
        return name == preset.step.factory;
    });
    if (known != table.end()) return *known;
    const auto factory = adopt_ptr(gst_element_factory_find(name.c_str()));
    if (!factory) return fail(fmt::format("encoder \"{}\": there is no such element", name));
    const auto codec = codec_of_factory(factory.get());
    if (!codec || media_kind(*codec) != MediaKind::video) {
        return fail(fmt::format("encoder \"{}\" makes no video that rooms carry (VP8, VP9, H264, "
                                "H265 or AV1)",
                                name));
    }
    EncoderPreset preset;
    preset.codec = *codec;
    // Names of factories live as long as the process.
    preset.step.factory = g_intern_string(name.c_str());
    preset.step.package = "the package that it came with";
    return preset;
}

EncoderPreset audio_encoder() {
    return {Codec::opus,
            {"opusenc",
             "gstreamer1.0-plugins-base",
             {{"frame-size", "20"}, {"inband-fec", "true"}, {"packet-loss-percentage", "5"}}},
            "bitrate",
            1};
}

void apply(const EncoderPreset& preset, GstElement* encoder, unsigned bitrate) {
    auto* const klass = G_OBJECT_GET_CLASS(encoder);
    for (const auto& [name, value] : preset.step.properties) {
        if (g_object_class_find_property(klass, name) == nullptr) continue;
        gst_util_set_object_arg(G_OBJECT(encoder), name, value);
    }
    if (preset.bitrate_property == nullptr) return;
    const auto value = std::to_string(std::max(bitrate / preset.bitrate_unit, 1U));
    gst_util_set_object_arg(G_OBJECT(encoder), preset.bitrate_property, value.c_str());
}

unsigned automatic_bitrate(int width, int height, double framerate) {
    // 0.07 bits a pixel: 1.9 Mbit/s for 720p at 30.
    const double rate = 0.07 * width * height * (framerate > 0 ? framerate : 30);
    return static_cast<unsigned>(std::clamp(rate, 100e3, 8e6));
}

unsigned useful_layers(int width, int height, unsigned wanted) {
    struct Step {
        int width;
        int height;
        unsigned layers;
    };
    constexpr std::array<Step, 2> steps{{{960, 540, 3}, {480, 270, 2}}};
    const int larger = std::max(width, height);
    const int smaller = std::min(width, height);
    for (const auto& step : steps) {
        if (larger >= step.width && smaller >= step.height) return std::min(wanted, step.layers);
    }
    return 1;
}

} // namespace parley::room_elements
