#include "elements/room/source/track_chain.hpp"

#include "elements/room/media_caps.hpp"
#include "elements/room/source/track_chain_callbacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {

namespace {

constexpr const char* good_package = "gstreamer1.0-plugins-good";

} // namespace

TrackChain::TrackChain(GstBin* bin, Config config, const Timeline& timeline, Handlers handlers)
    : bin_{bin}
    , row_{bin}
    , config_{std::move(config)}
    , kind_{config_.track.kind}
    , timeline_{timeline}
    , handlers_{std::move(handlers)}
    , gathered_{adopt_ptr(gst_buffer_list_new())} {}

TrackChain::~TrackChain() {
    remove();
}

Result<std::shared_ptr<TrackChain>>
TrackChain::create(GstBin* bin, Config config, const Timeline& timeline, Handlers handlers) {
    std::shared_ptr<TrackChain> chain{
        new TrackChain{bin, std::move(config), timeline, std::move(handlers)}};
    if (auto built = chain->build(); !built) return tl::make_unexpected(built.error());
    chain->begin_stream();
    return chain;
}

Result<void> TrackChain::build() {
    const auto codec = codec_from_name(config_.track.codec);
    if (!codec) return fail(fmt::format("the codec {} is unknown", config_.track.codec));

    auto jitter_buffer = row_.add(nullptr, "rtpjitterbuffer", good_package);
    if (!jitter_buffer) return tl::make_unexpected(jitter_buffer.error());
    jitter_buffer_ = ref_ptr(*jitter_buffer);
    // Its own clock recovery is not wanted, and the first packet is known to be the first.
    gst_util_set_object_arg(G_OBJECT(*jitter_buffer), "mode", "none");
    g_object_set(*jitter_buffer, "latency", config_.latency_ms, "do-lost", TRUE,
                 "faststart-min-packets", 1U, nullptr);

    GstElement* tail = *jitter_buffer;
    if (config_.output != Output::rtp) {
        for (const auto& step : depayload_steps(*codec)) {
            auto element = row_.add(tail, step);
            if (!element) return tl::make_unexpected(element.error());
            tail = *element;
        }
    }
    if (config_.output == Output::raw) {
        auto decoder = make_decoder(*codec);
        if (!decoder) {
            return fail(fmt::format("there is no decoder for {}: install gstreamer1.0-libav or "
                                    "gstreamer1.0-plugins-bad",
                                    config_.track.codec));
        }
        auto added = row_.add(tail, std::move(decoder));
        if (!added) return tl::make_unexpected(added.error());
        tail = *added;
    }

    const auto weak = [this] { return new_weak(weak_from_this()); };
    last_ = adopt_ptr(gst_element_get_static_pad(tail, "src"));
    const auto timed = adopt_ptr(gst_element_get_static_pad(*jitter_buffer, "src"));
    gst_pad_add_probe(timed.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      ChainCallbacks::timed, weak(), free_weak<TrackChain>);
    gst_pad_add_probe(last_.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      ChainCallbacks::finished, weak(), free_weak<TrackChain>);

    input_ = sink_ptr(gst_pad_new("input", GST_PAD_SRC));
    g_object_set_data_full(G_OBJECT(input_.get()), "parley-chain", weak(), free_weak<TrackChain>);
    gst_pad_set_event_function(input_.get(), ChainCallbacks::input_event);
    gst_pad_set_query_function(input_.get(), ChainCallbacks::input_query);
    gst_pad_set_active(input_.get(), TRUE);
    const auto sink = adopt_ptr(gst_element_get_static_pad(*jitter_buffer, "sink"));
    if (gst_pad_link_full(input_.get(), sink.get(), GST_PAD_LINK_CHECK_NOTHING) !=
        GST_PAD_LINK_OK) {
        return fail("the jitter buffer does not take our pad");
    }
    return row_.start();
}

/// stream-start, caps, segment and tags, which the jitter buffer passes on in order.
void TrackChain::begin_stream() {
    const auto codec = *codec_from_name(config_.track.codec);
    const bool audio = config_.track.kind == MediaKind::audio;
    const auto caps = rtp_caps(codec, config_.format, 0);
    stream_ = adopt_ptr(gst_stream_new(
        config_.stream_id.c_str(),
        config_.output == Output::rtp ? caps.get() : encoded_caps(codec).get(),
        audio ? GST_STREAM_TYPE_AUDIO : GST_STREAM_TYPE_VIDEO, GST_STREAM_FLAG_SELECT));

    auto start = adopt_ptr(gst_event_new_stream_start(config_.stream_id.c_str()));
    gst_event_set_group_id(start.get(), config_.group_id);
    gst_event_set_stream(start.get(), stream_.get());
    gst_pad_push_event(input_.get(), start.release());
    gst_pad_push_event(input_.get(), gst_event_new_caps(caps.get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(input_.get(), gst_event_new_segment(&segment));
    auto tags = adopt_ptr(gst_tag_list_new_empty());
    gst_tag_list_set_scope(tags.get(), GST_TAG_SCOPE_STREAM);
    if (!config_.title.empty()) {
        gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, config_.title.c_str(),
                         nullptr);
    }
    gst_stream_set_tags(stream_.get(), tags.get());
    gst_pad_push_event(input_.get(), gst_event_new_tag(tags.release()));
}

GstPtr<GstStream> TrackChain::gst_stream() const {
    return stream_;
}

// --- the tap's thread ----------------------------------------------------------------------------

void TrackChain::push(const tap::Record& record) {
    const auto arrival = timeline_.now();
    if (!arrival || ended_) return;
    auto* const memory = g_memdup2(record.body.data(), record.body.size());
    auto* const buffer = gst_buffer_new_wrapped(memory, record.body.size());
    GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_DTS(buffer) = *arrival;
    if (record.ntp.value != 0) {
        const bool reported = (record.flags & tap::flag_synchronized) != 0;
        gst_buffer_add_reference_timestamp_meta(
            buffer, reported ? ntp_reference() : estimated_ntp_reference(),
            to_ntp_nanoseconds(record.ntp), GST_CLOCK_TIME_NONE);
    }
    gst_buffer_list_add(gathered_.get(), buffer);
}

void TrackChain::flush() {
    if (gst_buffer_list_length(gathered_.get()) == 0) return;
    auto full = std::exchange(gathered_, adopt_ptr(gst_buffer_list_new()));
    gst_pad_push_list(input_.get(), full.release());
}

void TrackChain::set_state(const room::TrackInfo& track, const room::ParticipantInfo& participant,
                           bool consent) {
    config_.track = track;
    const auto text = [](std::string_view view) { return std::string{view}; };
    unsigned width = 0;
    unsigned height = 0;
    for (const auto& layer : track.layers) {
        if (!config_.rid.empty() && layer.rid != config_.rid) continue;
        width = std::max(width, layer.width);
        height = std::max(height, layer.height);
    }
    auto* const state = gst_structure_new(
        "parley-track", "stream-id", G_TYPE_STRING, config_.stream_id.c_str(), "track",
        G_TYPE_STRING, track.id.c_str(), "participant", G_TYPE_STRING, track.participant.c_str(),
        "display-name", G_TYPE_STRING, participant.name.c_str(), "role", G_TYPE_STRING,
        text(to_string(participant.role)).c_str(), "source", G_TYPE_STRING,
        text(to_string(track.source)).c_str(), "kind", G_TYPE_STRING,
        text(room::to_string(track.kind)).c_str(), "codec", G_TYPE_STRING, track.codec.c_str(),
        "rid", G_TYPE_STRING, config_.rid.c_str(), "muted", G_TYPE_BOOLEAN, gboolean{track.muted},
        "width", G_TYPE_UINT, width, "height", G_TYPE_UINT, height, "consent", G_TYPE_BOOLEAN,
        gboolean{consent}, nullptr);
    handlers_.message(gst_structure_copy(state));
    flush();
    gst_pad_push_event(input_.get(),
                       gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, state));
}

void TrackChain::tell(const GstPtr<GstEvent>& news) {
    if (ended_) return;
    flush();
    gst_pad_push_event(input_.get(), GstPtr<GstEvent>{news}.release());
}

void TrackChain::add_gap(const tap::Gap& gap) {
    const auto start = timeline_.running_time(gap.start);
    if (!start) return;
    flush();
    report_gap(*start, static_cast<GstClockTime>(std::max<std::int64_t>(gap.duration.count(), 0)),
               gap.reason.c_str(), gap.packets, input_.get());
}

void TrackChain::end() {
    if (ended_.exchange(true)) return;
    flush();
    gst_pad_push_event(input_.get(), gst_event_new_eos());
}

void TrackChain::remove_when_idle() {
    GstPtr<GstPad> ghost;
    {
        const std::lock_guard lock{mutex_};
        ghost = ghost_;
    }
    if (ghost) {
        const auto proxy =
            adopt_ptr(GST_PAD_CAST(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost.get()))));
        GST_PAD_STREAM_LOCK(proxy.get());
        GST_PAD_STREAM_UNLOCK(proxy.get());
    }
    remove();
}

void TrackChain::remove() {
    GstPtr<GstPad> ghost;
    GstPtr<GstPad> stable_input;
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(removed_, true)) return;
        ghost = std::move(ghost_);
        ghost_.reset();
        stable_input = std::move(stable_input_);
        stable_input_.reset();
    }
    if (stable_input) config_.into->remove_input(stable_input.get());
    if (ghost) {
        gst_pad_set_active(ghost.get(), FALSE);
        const std::lock_guard changing{*config_.changing_pads};
        gst_element_remove_pad(GST_ELEMENT_CAST(bin_), ghost.get());
    }
    if (input_) gst_pad_set_active(input_.get(), FALSE);
    row_.remove();
}

} // namespace parley::room_elements
