#include "elements/room/source/track_chain.hpp"

#include "elements/room/media_caps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {

namespace {

constexpr const char* base_package = "gstreamer1.0-plugins-base";
constexpr const char* good_package = "gstreamer1.0-plugins-good";

GstCaps* ntp_caps() {
    static GstCaps* const caps = gst_caps_new_empty_simple("timestamp/x-ntp");
    return caps;
}

GstPadTemplate* pad_template(GstBin* bin, MediaKind kind) {
    return gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin),
                                              kind == MediaKind::audio ? "audio_%u" : "video_%u");
}

} // namespace

/// GStreamer's callbacks, each with a weak hold on the chain: a pad can outlive it.
struct ChainCallbacks {
    using Weak = std::weak_ptr<TrackChain>;

    static void free_weak(gpointer data) { delete static_cast<Weak*>(data); }
    static std::shared_ptr<TrackChain> lock(gpointer data) {
        return static_cast<Weak*>(data)->lock();
    }

    static GstPadProbeReturn timed(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        return chain ? chain->on_timed(info) : GST_PAD_PROBE_DROP;
    }
    static GstPadProbeReturn finished(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        return chain ? chain->on_finished(info) : GST_PAD_PROBE_DROP;
    }
    static GstPadProbeReturn upstream(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        if (!chain) return GST_PAD_PROBE_OK;
        return chain->on_upstream(GST_PAD_PROBE_INFO_EVENT(info)) ? GST_PAD_PROBE_OK
                                                                  : GST_PAD_PROBE_DROP;
    }
    static gboolean input_event(GstPad* pad, GstObject*, GstEvent* event) noexcept {
        auto* data = g_object_get_data(G_OBJECT(pad), "parley-chain");
        if (const auto chain = lock(data)) chain->on_upstream(event);
        gst_event_unref(event);
        return TRUE;
    }
    static gboolean input_query(GstPad* pad, GstObject* parent, GstQuery* query) noexcept {
        if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
            gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
            return TRUE;
        }
        return gst_pad_query_default(pad, parent, query);
    }
    // Nobody downstream is no error: the track is paused instead.
    static GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) noexcept {
        const auto result = gst_proxy_pad_chain_default(pad, parent, buffer);
        const auto owner = lock(g_object_get_data(G_OBJECT(pad), "parley-chain"));
        return owner ? owner->on_flow(result) : result;
    }
    static GstFlowReturn chain_list(GstPad* pad, GstObject* parent, GstBufferList* list) noexcept {
        const auto result = gst_proxy_pad_chain_list_default(pad, parent, list);
        const auto owner = lock(g_object_get_data(G_OBJECT(pad), "parley-chain"));
        return owner ? owner->on_flow(result) : result;
    }
};

TrackChain::TrackChain(GstBin* bin, Config config, const Timeline& timeline, Handlers handlers)
    : bin_{bin}
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

Result<GstElement*> TrackChain::add(const char* factory, const char* package) {
    auto element = sink_ptr(gst_element_factory_make(factory, nullptr));
    if (!element) {
        return fail(fmt::format("the element {} is missing: install {}", factory, package));
    }
    auto* const raw = element.get();
    elements_.push_back(element);
    gst_bin_add(bin_, element.release());
    return raw;
}

Result<void> TrackChain::build() {
    const auto codec = codec_from_name(config_.track.codec);
    if (!codec) return fail(fmt::format("the codec {} is unknown", config_.track.codec));

    auto jitter_buffer = add("rtpjitterbuffer", good_package);
    if (!jitter_buffer) return tl::make_unexpected(jitter_buffer.error());
    jitter_buffer_ = ref_ptr(*jitter_buffer);
    // Its own clock recovery is not wanted, and the first packet is known to be the first.
    gst_util_set_object_arg(G_OBJECT(*jitter_buffer), "mode", "none");
    g_object_set(*jitter_buffer, "latency", config_.latency_ms, "do-lost", TRUE,
                 "faststart-min-packets", 1U, nullptr);

    GstElement* tail = *jitter_buffer;
    const auto link = [&](GstElement* next, const char* filter) -> Result<void> {
        bool linked = false;
        if (filter != nullptr) {
            const auto caps = adopt_ptr(gst_caps_from_string(filter));
            linked = gst_element_link_filtered(tail, next, caps.get()) != FALSE;
        } else {
            linked = gst_element_link(tail, next) != FALSE;
        }
        if (!linked) {
            return fail(
                fmt::format("{} and {} do not link", GST_OBJECT_NAME(tail), GST_OBJECT_NAME(next)));
        }
        tail = next;
        return {};
    };
    if (config_.output != Output::rtp) {
        for (const auto& step : depayload_steps(*codec)) {
            auto element = add(step.factory, step.package);
            if (!element) return tl::make_unexpected(element.error());
            for (const auto& [name, value] : step.properties) {
                gst_util_set_object_arg(G_OBJECT(*element), name, value);
            }
            if (auto linked = link(*element, nullptr); !linked) return linked;
            if (step.filter == nullptr) continue;
            auto filter = add("capsfilter", base_package);
            if (!filter) return tl::make_unexpected(filter.error());
            gst_util_set_object_arg(G_OBJECT(*filter), "caps", step.filter);
            if (auto linked = link(*filter, nullptr); !linked) return linked;
        }
    }
    if (config_.output == Output::raw) {
        auto decoder = make_decoder(*codec);
        if (!decoder) {
            return fail(fmt::format("there is no decoder for {}: install gstreamer1.0-libav or "
                                    "gstreamer1.0-plugins-bad",
                                    config_.track.codec));
        }
        elements_.push_back(decoder);
        auto* const raw = decoder.get();
        gst_bin_add(bin_, decoder.release());
        if (auto linked = link(raw, nullptr); !linked) return linked;
    }

    const auto weak = [this] { return new ChainCallbacks::Weak{weak_from_this()}; };
    last_ = adopt_ptr(gst_element_get_static_pad(tail, "src"));
    const auto timed = adopt_ptr(gst_element_get_static_pad(*jitter_buffer, "src"));
    gst_pad_add_probe(timed.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      ChainCallbacks::timed, weak(), ChainCallbacks::free_weak);
    gst_pad_add_probe(last_.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      ChainCallbacks::finished, weak(), ChainCallbacks::free_weak);

    input_ = sink_ptr(gst_pad_new("input", GST_PAD_SRC));
    g_object_set_data_full(G_OBJECT(input_.get()), "parley-chain", weak(),
                           ChainCallbacks::free_weak);
    gst_pad_set_event_function(input_.get(), ChainCallbacks::input_event);
    gst_pad_set_query_function(input_.get(), ChainCallbacks::input_query);
    gst_pad_set_active(input_.get(), TRUE);
    const auto sink = adopt_ptr(gst_element_get_static_pad(*jitter_buffer, "sink"));
    if (gst_pad_link_full(input_.get(), sink.get(), GST_PAD_LINK_CHECK_NOTHING) !=
        GST_PAD_LINK_OK) {
        return fail("the jitter buffer does not take our pad");
    }
    for (auto at = elements_.rbegin(); at != elements_.rend(); ++at) {
        if (!gst_element_sync_state_with_parent(at->get())) {
            return fail(fmt::format("{} does not start", GST_OBJECT_NAME(at->get())));
        }
    }
    return {};
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
        gst_buffer_add_reference_timestamp_meta(buffer, ntp_caps(), to_ntp_nanoseconds(record.ntp),
                                                GST_CLOCK_TIME_NONE);
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
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(removed_, true)) return;
        ghost = std::move(ghost_);
        ghost_.reset();
    }
    if (ghost) {
        gst_pad_set_active(ghost.get(), FALSE);
        gst_element_remove_pad(GST_ELEMENT_CAST(bin_), ghost.get());
    }
    if (input_) gst_pad_set_active(input_.get(), FALSE);
    for (const auto& element : elements_) {
        gst_element_set_locked_state(element.get(), TRUE);
        gst_element_set_state(element.get(), GST_STATE_NULL);
        gst_bin_remove(bin_, element.get());
    }
    elements_.clear();
}

// --- the streaming thread ------------------------------------------------------------------------

/// Behind the jitter buffer: times from the room's timeline, and losses that it found.
GstPadProbeReturn TrackChain::on_timed(GstPadProbeInfo* info) {
    const auto retime = [this](GstBuffer*& buffer) {
        const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, ntp_caps());
        if (meta == nullptr) return;
        const auto time = timeline_.running_time(from_ntp_nanoseconds(meta->timestamp));
        if (!time) return;
        buffer = gst_buffer_make_writable(buffer);
        GST_BUFFER_PTS(buffer) = *time;
        GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
        last_timed_ = *time;
    };
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        auto* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        retime(buffer);
        info->data = buffer;
    } else if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
        auto* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
        for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
            auto* buffer = gst_buffer_list_get_writable(list, i);
            retime(buffer);
        }
        info->data = list;
    } else if (auto* event = GST_PAD_PROBE_INFO_EVENT(info);
               gst_event_has_name(event, "GstRTPPacketLost")) {
        // Its own timestamp is the jitter buffer's, by arrival: what is lost follows what came.
        GstClockTime duration = 0;
        gst_structure_get_clock_time(gst_event_get_structure(event), "duration", &duration);
        const auto pad = adopt_ptr(gst_element_get_static_pad(jitter_buffer_.get(), "src"));
        report_gap(last_timed_, duration, "loss", 1, pad.get());
    }
    return GST_PAD_PROBE_OK;
}

void TrackChain::report_gap(GstClockTime start, GstClockTime duration, const char* reason,
                            std::uint64_t packets, GstPad* pad) {
    auto* const gap = gst_structure_new(
        "parley-gap", "stream-id", G_TYPE_STRING, config_.stream_id.c_str(), "start",
        GST_TYPE_CLOCK_TIME, start, "duration", GST_TYPE_CLOCK_TIME, duration, "reason",
        G_TYPE_STRING, reason, "packets", G_TYPE_UINT64, guint64{packets}, nullptr);
    handlers_.message(gst_structure_copy(gap));
    gst_pad_push_event(pad, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gap));
}

/// Before the pad: the time on the room's timeline where an element has lost it; the pad itself,
/// once all that precedes media is known; and the end.
GstPadProbeReturn TrackChain::on_finished(GstPadProbeInfo* info) {
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        auto* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        stamp(buffer);
        info->data = buffer;
        return GST_PAD_PROBE_OK;
    }
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
        auto* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
        for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
            auto* buffer = gst_buffer_list_get_writable(list, i);
            stamp(buffer);
        }
        info->data = list;
        return GST_PAD_PROBE_OK;
    }
    switch (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info))) {
    case GST_EVENT_SEGMENT:
        expose();
        break;
    case GST_EVENT_EOS: {
        bool exposed = false;
        {
            const std::lock_guard lock{mutex_};
            exposed = ghost_ != nullptr;
        }
        if (exposed) return GST_PAD_PROBE_OK; // reported when it has passed the pad
        handlers_.drained();
        break;
    }
    default:
        break;
    }
    return GST_PAD_PROBE_OK;
}

void TrackChain::stamp(GstBuffer*& buffer) {
    const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, ntp_caps());
    if (meta != nullptr && GST_BUFFER_PTS_IS_VALID(buffer)) {
        last_time_ = GST_BUFFER_PTS(buffer);
        return;
    }
    buffer = gst_buffer_make_writable(buffer);
    // rtph264depay cuts a keyframe that begins with an aggregation packet in two, and gives the
    // second half no time.
    if (!GST_BUFFER_PTS_IS_VALID(buffer)) GST_BUFFER_PTS(buffer) = last_time_;
    last_time_ = GST_BUFFER_PTS(buffer);
    if (meta != nullptr || !GST_CLOCK_TIME_IS_VALID(last_time_)) return;
    if (const auto ntp = timeline_.ntp(last_time_)) {
        gst_buffer_add_reference_timestamp_meta(buffer, ntp_caps(), to_ntp_nanoseconds(*ntp),
                                                GST_CLOCK_TIME_NONE);
    }
}

void TrackChain::expose() {
    GstPtr<GstPad> ghost;
    {
        const std::lock_guard lock{mutex_};
        if (ghost_ || removed_ || ended_) return;
        ghost = sink_ptr(gst_ghost_pad_new_from_template(config_.pad_name.c_str(), last_.get(),
                                                         pad_template(bin_, kind_)));
        ghost_ = ghost;
    }
    const auto weak = [this] { return new ChainCallbacks::Weak{weak_from_this()}; };
    const auto proxy =
        adopt_ptr(GST_PAD_CAST(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost.get()))));
    g_object_set_data_full(G_OBJECT(proxy.get()), "parley-chain", weak(),
                           ChainCallbacks::free_weak);
    gst_pad_set_chain_function(proxy.get(), ChainCallbacks::chain);
    gst_pad_set_chain_list_function(proxy.get(), ChainCallbacks::chain_list);
    gst_pad_add_probe(ghost.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, ChainCallbacks::upstream,
                      weak(), ChainCallbacks::free_weak);
    gst_pad_add_probe(
        ghost.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
            const auto chain = ChainCallbacks::lock(data);
            if (chain && GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS) {
                chain->handlers_.drained();
            }
            return GST_PAD_PROBE_OK;
        },
        weak(), ChainCallbacks::free_weak);
    gst_pad_set_active(ghost.get(), TRUE);
    gst_pad_sticky_events_foreach(
        last_.get(),
        [](GstPad*, GstEvent** event, gpointer target) -> gboolean {
            gst_pad_store_sticky_event(static_cast<GstPad*>(target), *event);
            return TRUE;
        },
        ghost.get());
    gst_element_add_pad(GST_ELEMENT_CAST(bin_), ghost.get());
    if (!gst_pad_is_linked(ghost.get())) set_wanted(false);
}

GstFlowReturn TrackChain::on_flow(GstFlowReturn result) {
    if (result != GST_FLOW_NOT_LINKED) return result;
    set_wanted(false);
    return GST_FLOW_OK;
}

void TrackChain::set_wanted(bool wanted) {
    if (linked_.exchange(wanted) == wanted) return;
    GST_DEBUG_OBJECT(bin_, "%s is %s", config_.pad_name.c_str(), wanted ? "linked" : "not linked");
    handlers_.request(tap::Pause{config_.stream, !this->wanted()});
}

/// False: dealt with, nobody further up needs to see it.
bool TrackChain::on_upstream(GstEvent* event) {
    const auto* structure = gst_event_get_structure(event);
    if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) {
        set_wanted(true);
        return true;
    }
    if (structure == nullptr) return true;
    if (gst_structure_has_name(structure, "GstForceKeyUnit")) {
        KeyframeReason reason = KeyframeReason::decoder_refresh;
        if (const auto* text = gst_structure_get_string(structure, "reason")) {
            reason = parse_keyframe_reason(text).value_or(reason);
        }
        GST_DEBUG_OBJECT(bin_, "%s wants a keyframe", config_.pad_name.c_str());
        handlers_.request(tap::RequestKeyframe{config_.stream, reason});
        return false;
    }
    if (!gst_structure_has_name(structure, "parley-layer")) return true;
    gboolean paused = FALSE;
    if (gst_structure_get_boolean(structure, "paused", &paused)) {
        held_ = paused != FALSE;
        handlers_.request(tap::Pause{config_.stream, !wanted()});
    }
    LayerChoice choice;
    guint width = 0;
    guint height = 0;
    const bool sized = gst_structure_get_uint(structure, "max-width", &width) |
                       gst_structure_get_uint(structure, "max-height", &height);
    if (sized && config_.rid.empty()) {
        choice.kind =
            width == 0 && height == 0 ? LayerChoice::Kind::highest : LayerChoice::Kind::fit;
        choice.max_width = width;
        choice.max_height = height;
        handlers_.request(tap::ChooseLayer{config_.stream, choice});
    }
    return false;
}

} // namespace parley::room_elements
