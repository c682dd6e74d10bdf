#include "elements/room/sink/send_chain.hpp"

#include "elements/common/mapped_buffer.hpp"
#include "elements/common/weak_data.hpp"
#include "elements/room/sink/h264_fitness.hpp"
#include "elements/room/sink/sound_level.hpp"

#include <fmt/format.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <utility>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsink_debug);
#define GST_CAT_DEFAULT rtcroomsink_debug

namespace parley::room_elements {

namespace {

constexpr const char* base_package = "gstreamer1.0-plugins-base";
constexpr const char* opus_input =
    "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=[1,2]";
/// Each layer has half the width and height of the next one, and so much of its bits.
constexpr double layer_share = 0.3;
constexpr std::array layer_rids{"q", "h", "f"};

const GstStructure* first_structure(const GstCaps* caps) {
    return gst_caps_get_structure(caps, 0);
}

struct Picture {
    int width = 0;
    int height = 0;
    double framerate = 30;
};

Picture picture_of(const GstCaps* caps) {
    Picture picture;
    const auto* const structure = first_structure(caps);
    gst_structure_get_int(structure, "width", &picture.width);
    gst_structure_get_int(structure, "height", &picture.height);
    int numerator = 0;
    int denominator = 1;
    if (gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) &&
        numerator > 0) {
        picture.framerate = static_cast<double>(numerator) / denominator;
    }
    return picture;
}

/// Encoders want even sizes of 4:2:0.
int even(int size) {
    return std::max(size & ~1, 2);
}

} // namespace

struct SendChainCallbacks {
    static GstPadProbeReturn raw(GstPad*, GstPadProbeInfo*, gpointer data) noexcept {
        const auto chain = lock_weak<SendChain>(data);
        if (!chain) return GST_PAD_PROBE_DROP;
        if (std::exchange(chain->first_raw_, false)) return GST_PAD_PROBE_OK;
        return chain->handlers_.wanted() ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
    }
    static GstPadProbeReturn sound(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock_weak<SendChain>(data);
        if (!chain) return GST_PAD_PROBE_DROP;
        const MappedBuffer mapped{GST_PAD_PROBE_INFO_BUFFER(info)};
        chain->handlers_.audio_level(sound_level(mapped.bytes()));
        return GST_PAD_PROBE_OK;
    }
    static GstPadProbeReturn parsed(GstPad* pad, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock_weak<SendChain>(data);
        if (!chain) return GST_PAD_PROBE_DROP;
        return chain->on_parsed(pad, GST_PAD_PROBE_INFO_BUFFER(info));
    }
};

SendChain::SendChain(GstBin* bin, GstPtr<GstElement> first_sink, Config config, Handlers handlers)
    : bin_{bin}, config_{std::move(config)}, handlers_{std::move(handlers)}, row_{bin} {
    layers_.emplace_back().sink = std::move(first_sink);
}

Result<SendChain::Fed> SendChain::fed_by(const GstCaps* caps) {
    const auto* const structure = first_structure(caps);
    const std::string_view name{gst_structure_get_name(structure)};
    if (name == "video/x-raw") return Fed{Form::raw, MediaKind::video, {}};
    if (name == "audio/x-raw") return Fed{Form::raw, MediaKind::audio, {}};
    const auto codec = codec_of(structure);
    if (!codec) {
        const GStringPtr text{gst_caps_to_string(caps)};
        return fail(fmt::format("rooms do not carry {}: they carry opus, PCMU, PCMA, VP8, VP9, "
                                "H264, H265 and AV1",
                                text.get()));
    }
    const auto form = name == "application/x-rtp" ? Form::rtp : Form::encoded;
    return Fed{form, media_kind(*codec), codec};
}

Result<std::shared_ptr<SendChain>> SendChain::create(GstBin* bin, GstPtr<GstElement> first_sink,
                                                     const GstCaps* caps, Config config,
                                                     Handlers handlers) {
    const auto fed = fed_by(caps);
    if (!fed) return tl::make_unexpected(fed.error());
    std::shared_ptr<SendChain> chain{
        new SendChain{bin, std::move(first_sink), std::move(config), std::move(handlers)}};
    chain->fed_ = *fed;
    if (auto built = chain->build(caps); !built) return tl::make_unexpected(built.error());
    if (auto started = chain->row_.start(); !started) return tl::make_unexpected(started.error());
    return chain;
}

Result<void> SendChain::build(const GstCaps* caps) {
    const auto sink_pad = [](GstElement* element) {
        return adopt_ptr(gst_element_get_static_pad(element, "sink"));
    };
    if (fed_.form == Form::rtp) {
        head_ = sink_pad(layers_.front().sink.get());
        return finish(nullptr, *fed_.codec, layers_.front());
    }
    if (fed_.form == Form::encoded) return build_encoded(*fed_.codec);

    const bool video = fed_.kind == MediaKind::video;
    auto first = row_.add(nullptr, video ? "videoconvert" : "audioconvert", base_package);
    if (!first) return tl::make_unexpected(first.error());
    head_ = sink_pad(*first);
    gst_pad_add_probe(head_.get(), GST_PAD_PROBE_TYPE_BUFFER, SendChainCallbacks::raw,
                      new_weak(weak_from_this()), free_weak<SendChain>);
    return video ? build_raw_video(*first, caps) : build_raw_audio(*first);
}

Result<void> SendChain::build_encoded(Codec codec) {
    const auto* const parse = parse_step(codec);
    if (parse == nullptr) {
        auto payloader = row_.add(nullptr, payload_step(codec));
        if (!payloader) return tl::make_unexpected(payloader.error());
        head_ = adopt_ptr(gst_element_get_static_pad(*payloader, "sink"));
        return finish(*payloader, codec, layers_.front());
    }
    auto parser = row_.add(nullptr, parse->factory, parse->package);
    if (!parser) return tl::make_unexpected(parser.error());
    for (const auto& [name, value] : parse->properties)
        gst_util_set_object_arg(G_OBJECT(*parser), name, value);
    head_ = adopt_ptr(gst_element_get_static_pad(*parser, "sink"));
    auto* tail = *parser;
    if (parse->filter != nullptr) {
        auto filter = row_.add(tail, "capsfilter", base_package);
        if (!filter) return tl::make_unexpected(filter.error());
        gst_util_set_object_arg(G_OBJECT(*filter), "caps", parse->filter);
        tail = *filter;
    }
    if (codec == Codec::h264) {
        parsed_ = tail;
        const auto pad = adopt_ptr(gst_element_get_static_pad(tail, "src"));
        gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, SendChainCallbacks::parsed,
                          new_weak(weak_from_this()), free_weak<SendChain>);
        return {};
    }
    auto payloader = row_.add(tail, payload_step(codec));
    if (!payloader) return tl::make_unexpected(payloader.error());
    return finish(*payloader, codec, layers_.front());
}

/// What follows the parser, when the first keyframe has told what there is.
GstPadProbeReturn SendChain::on_parsed(GstPad* pad, GstBuffer* buffer) {
    if (decided_) return GST_PAD_PROBE_OK;
    std::string unfit;
    {
        const MappedBuffer mapped{buffer};
        const auto sps = find_h264_sps(mapped.bytes());
        if (!sps) return GST_PAD_PROBE_DROP;
        unfit = h264_unfitness(*sps);
    }
    decided_ = true;
    const auto build = [&]() -> Result<void> {
        if (unfit.empty()) {
            auto payloader = row_.add(parsed_, payload_step(Codec::h264));
            if (!payloader) return tl::make_unexpected(payloader.error());
            if (auto done = finish(*payloader, Codec::h264, layers_.front()); !done) return done;
        } else {
            handlers_.warning(
                fmt::format("this H264 {}, which browsers do not play in a room: it is decoded and "
                            "encoded anew",
                            unfit));
            const auto caps = adopt_ptr(gst_pad_get_current_caps(pad));
            if (auto done = decode_and_encode(parsed_, caps.get()); !done) return done;
        }
        return row_.start();
    };
    if (const auto built = build(); !built) {
        handlers_.failed(built.error().text);
        return GST_PAD_PROBE_DROP;
    }
    return GST_PAD_PROBE_OK;
}

Result<void> SendChain::decode_and_encode(GstElement* after, const GstCaps* caps) {
    auto decoder = make_decoder(*fed_.codec);
    if (!decoder) {
        return fail(fmt::format("there is no decoder for {}: install gstreamer1.0-libav",
                                codec_name(*fed_.codec)));
    }
    auto added = row_.add(after, std::move(decoder));
    if (!added) return tl::make_unexpected(added.error());
    auto converter = row_.add(*added, "videoconvert", base_package);
    if (!converter) return tl::make_unexpected(converter.error());
    return build_raw_video(*converter, caps);
}

// --- raw media -----------------------------------------------------------------------------------

void SendChain::plan_layers(const GstCaps* caps) {
    const auto picture = picture_of(caps);
    const auto count = std::min<unsigned>(
        useful_layers(picture.width, picture.height, config_.simulcast), layer_rids.size());
    double sum = 0;
    double share = 1;
    layers_.resize(count);
    // The lowest first, as rids are listed.
    for (unsigned i = count; i-- > 0;) {
        auto& layer = layers_[i];
        layer.divisor = 1U << (count - 1 - i);
        layer.rid = count == 1 ? "" : layer_rids[layer_rids.size() - count + i];
        layer.share = share;
        sum += share;
        share *= layer_share;
    }
    for (auto& layer : layers_)
        layer.share /= sum;
}

Result<void> SendChain::build_raw_video(GstElement* after, const GstCaps* caps) {
    auto preset = video_encoder(config_.encoder);
    if (!preset) return tl::make_unexpected(preset.error());
    preset_ = *preset;
    plan_layers(caps);
    std::vector<std::string> rids;
    for (const auto& layer : layers_)
        rids.push_back(layer.rid);
    handlers_.track(preset_.codec, rids, true);

    if (layers_.size() == 1) {
        if (auto built = build_layer(after, layers_.front(), preset_); !built) return built;
        set_sizes(caps);
        return {};
    }
    // Each is scaled from the next larger one: a tee behind each scaler but the last.
    for (auto i = layers_.size(); i-- > 0;) {
        auto tee = row_.add(after, "tee", "libgstreamer1.0-0");
        if (!tee) return tl::make_unexpected(tee.error());
        auto queue = row_.add(*tee, "queue", "libgstreamer1.0-0");
        if (!queue) return tl::make_unexpected(queue.error());
        g_object_set(*queue, "max-size-buffers", 3U, "max-size-bytes", 0U, "max-size-time",
                     guint64{0}, nullptr);
        if (auto built = build_layer(*queue, layers_[i], preset_); !built) return built;
        if (i == 0) break;
        auto scaler = row_.add(*tee, "videoscale", base_package);
        if (!scaler) return tl::make_unexpected(scaler.error());
        auto filter = row_.add(*scaler, "capsfilter", base_package);
        if (!filter) return tl::make_unexpected(filter.error());
        layers_[i - 1].size_filter = *filter;
        after = *filter;
    }
    set_sizes(caps);
    return {};
}

Result<void> SendChain::build_layer(GstElement* after, Layer& layer, const EncoderPreset& preset) {
    // The full layer has a scaler for odd sizes only; the others have been scaled before.
    if (layer.size_filter == nullptr) {
        auto scaler = row_.add(after, "videoscale", base_package);
        if (!scaler) return tl::make_unexpected(scaler.error());
        auto filter = row_.add(*scaler, "capsfilter", base_package);
        if (!filter) return tl::make_unexpected(filter.error());
        layer.size_filter = *filter;
        after = *filter;
    }
    auto encoder = row_.add(after, preset.step.factory, preset.step.package);
    if (!encoder) return tl::make_unexpected(encoder.error());
    apply(preset, *encoder, 0);
    layer.encoder = *encoder;
    auto* tail = *encoder;
    if (preset.step.filter != nullptr) {
        auto filter = row_.add(tail, "capsfilter", base_package);
        if (!filter) return tl::make_unexpected(filter.error());
        gst_util_set_object_arg(G_OBJECT(*filter), "caps", preset.step.filter);
        tail = *filter;
    }
    if (const auto* parse = parse_step(preset.codec)) {
        auto parser = row_.add(tail, *parse);
        if (!parser) return tl::make_unexpected(parser.error());
        tail = *parser;
    }
    auto payloader = row_.add(tail, payload_step(preset.codec));
    if (!payloader) return tl::make_unexpected(payloader.error());
    return finish(*payloader, preset.codec, layer);
}

Result<void> SendChain::build_raw_audio(GstElement* after) {
    preset_ = audio_encoder();
    auto resampler = row_.add(after, {"audioresample", base_package, {}, opus_input});
    if (!resampler) return tl::make_unexpected(resampler.error());
    const auto pad = adopt_ptr(gst_element_get_static_pad(*resampler, "src"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, SendChainCallbacks::sound,
                      new_weak(weak_from_this()), free_weak<SendChain>);
    auto encoder = row_.add(*resampler, preset_.step.factory, preset_.step.package);
    if (!encoder) return tl::make_unexpected(encoder.error());
    apply(preset_, *encoder, config_.audio_bitrate);
    auto payloader = row_.add(*encoder, payload_step(preset_.codec));
    if (!payloader) return tl::make_unexpected(payloader.error());
    handlers_.track(preset_.codec, {""}, true);
    return finish(*payloader, preset_.codec, layers_.front());
}

void SendChain::set_sizes(const GstCaps* caps) {
    const auto picture = picture_of(caps);
    if (picture.width <= 0 || picture.height <= 0) return;
    const auto total = config_.bitrate != 0
                           ? config_.bitrate
                           : automatic_bitrate(picture.width, picture.height, picture.framerate);
    for (const auto& layer : layers_) {
        const auto divisor = static_cast<int>(layer.divisor);
        // Set again for the encoder that runs, too: most follow.
        apply(preset_, layer.encoder, static_cast<unsigned>(total * layer.share));
        const auto sized = adopt_ptr(
            gst_caps_new_simple("video/x-raw", "width", G_TYPE_INT, even(picture.width / divisor),
                                "height", G_TYPE_INT, even(picture.height / divisor), nullptr));
        g_object_set(layer.size_filter, "caps", sized.get(), nullptr);
    }
}

// --- the end -------------------------------------------------------------------------------------

Result<void> SendChain::finish(GstElement* after, Codec codec, Layer& layer) {
    const auto index = static_cast<unsigned>(&layer - layers_.data());
    if (fed_.form != Form::raw && layer.encoder == nullptr) handlers_.track(codec, {""}, false);
    auto sink = layer.sink;
    if (sink) {
        set_handlers(sink.get(), handlers_.sink(index));
        if (auto taken = row_.take(after, sink); !taken) return tl::make_unexpected(taken.error());
        return {};
    }
    layer.sink = make_rtp_sink(config_.sync, false);
    set_handlers(layer.sink.get(), handlers_.sink(index));
    if (auto added = row_.add(after, layer.sink); !added) {
        return tl::make_unexpected(added.error());
    }
    return {};
}

void SendChain::update(const GstCaps* caps) {
    if (fed_.form == Form::raw && fed_.kind == MediaKind::video) set_sizes(caps);
}

bool SendChain::force_keyframe(unsigned layer) {
    if (layer >= layers_.size() || !layers_[layer].sink) return false;
    const auto pad = adopt_ptr(gst_element_get_static_pad(layers_[layer].sink.get(), "sink"));
    return gst_pad_push_event(pad.get(), gst_video_event_new_upstream_force_key_unit(
                                             GST_CLOCK_TIME_NONE, TRUE, 0)) != FALSE;
}

bool SendChain::note_eos(GstObject* sink, bool& all) {
    const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const auto& layer) {
        return GST_OBJECT_CAST(layer.sink.get()) == sink;
    });
    if (found == layers_.end()) return false;
    found->eos = true;
    all = std::all_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer.eos; });
    return true;
}

} // namespace parley::room_elements
