#include "elements/room/sink/track_input.hpp"

#include "elements/common/weak_data.hpp"
#include "elements/room/sink/rtp_sink.hpp"
#include "elements/room/sink/running_time.hpp"
#include "elements/room/sink/sink_pad.hpp"

#include <utility>

GST_DEBUG_CATEGORY_EXTERN(rtcroomsink_debug);
#define GST_CAT_DEFAULT rtcroomsink_debug

namespace parley::room_elements {

struct TrackInputCallbacks {
    static GstPadProbeReturn event(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto input = lock_weak<TrackInput>(data);
        return input ? input->on_event(GST_PAD_PROBE_INFO_EVENT(info)) : GST_PAD_PROBE_OK;
    }
    /// What it takes is what its template says, whatever the present track is made of.
    static gboolean query(GstPad* pad, GstObject* parent, GstQuery* query) noexcept {
        const auto caps = adopt_ptr(gst_pad_get_pad_template_caps(pad));
        if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
            GstCaps* offered = nullptr;
            gst_query_parse_accept_caps(query, &offered);
            gst_query_set_accept_caps_result(query, gst_caps_can_intersect(offered, caps.get()));
            return TRUE;
        }
        if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
            GstCaps* filter = nullptr;
            gst_query_parse_caps(query, &filter);
            const auto taken = filter == nullptr
                                   ? caps
                                   : adopt_ptr(gst_caps_intersect_full(filter, caps.get(),
                                                                       GST_CAPS_INTERSECT_FIRST));
            gst_query_set_caps_result(query, taken.get());
            return TRUE;
        }
        return gst_pad_query_default(pad, parent, query);
    }
};

TrackInput::TrackInput(GstBin* bin, GstPtr<GstPad> pad, MediaKind kind, RoomPublisher& publisher,
                       Handlers handlers)
    : bin_{bin}
    , pad_{std::move(pad)}
    , kind_{kind}
    , publisher_{publisher}
    , handlers_{std::move(handlers)} {}

std::shared_ptr<TrackInput> TrackInput::create(GstBin* bin, GstPtr<GstPad> pad, MediaKind kind,
                                               RoomPublisher& publisher, Handlers handlers) {
    std::shared_ptr<TrackInput> input{
        new TrackInput{bin, std::move(pad), kind, publisher, std::move(handlers)}};
    gst_pad_set_query_function(input->pad(), TrackInputCallbacks::query);
    put_on_running_time(input->pad());
    gst_pad_add_probe(input->pad(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                      TrackInputCallbacks::event, new_weak(input->weak_from_this()),
                      free_weak<TrackInput>);
    return input;
}

void TrackInput::prepare(SendChain::Config config, bool async) {
    auto sink = make_rtp_sink(config.sync, async);
    {
        const std::lock_guard lock{mutex_};
        config_ = std::move(config);
        idle_sink_ = sink;
        finished_ = false;
    }
    gst_bin_add(bin_, sink.get()); // which takes a reference of its own
    gst_element_sync_state_with_parent(sink.get());
}

void TrackInput::reset() {
    std::shared_ptr<SendChain> chain;
    {
        const std::lock_guard lock{mutex_};
        chain = track_.chain;
    }
    end();
    if (chain) chain->stop();
    // Whoever pushes yet is told that it is over, and not that nobody is there.
    gst_pad_set_active(pad(), FALSE);
    drop_track();
    GstPtr<GstElement> idle;
    {
        const std::lock_guard lock{mutex_};
        idle = std::move(idle_sink_);
        idle_sink_.reset();
        stream_id_.clear();
        room_source_.reset();
        from_room_ = false;
    }
    if (!idle) return;
    gst_element_set_locked_state(idle.get(), TRUE);
    gst_element_set_state(idle.get(), GST_STATE_NULL);
    gst_bin_remove(bin_, idle.get());
}

std::shared_ptr<PublishedTrack> TrackInput::published() const {
    const std::lock_guard lock{mutex_};
    return track_.published;
}

bool TrackInput::finished() const {
    const std::lock_guard lock{mutex_};
    return finished_;
}

bool TrackInput::from_room() const {
    const std::lock_guard lock{mutex_};
    return from_room_;
}

void TrackInput::drop_track() {
    Track gone;
    {
        const std::lock_guard lock{mutex_};
        gone = std::exchange(track_, {});
    }
    if (gone.published) gone.published->end();
    if (gone.chain) {
        gst_ghost_pad_set_target(GST_GHOST_PAD_CAST(pad()), nullptr);
        gone.chain->remove();
    }
}

void TrackInput::end() {
    {
        const std::lock_guard lock{mutex_};
        finished_ = true;
    }
    if (const auto track = published()) track->end();
}

bool TrackInput::on_sink_eos(GstObject* sink) {
    std::shared_ptr<SendChain> chain;
    {
        const std::lock_guard lock{mutex_};
        chain = track_.chain;
        if (idle_sink_ && GST_OBJECT_CAST(idle_sink_.get()) == sink) return true;
    }
    bool all = false;
    if (!chain || !chain->note_eos(sink, all)) return false;
    if (all) note_end();
    return true;
}

void TrackInput::note_end() {
    end();
    handlers_.ended();
}

// --- the streaming thread ------------------------------------------------------------------------

GstPadProbeReturn TrackInput::on_event(GstEvent* event) {
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        on_stream_start(event);
        break;
    case GST_EVENT_CAPS: {
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event, &caps);
        return on_caps(caps);
    }
    case GST_EVENT_FLUSH_STOP:
        on_flush_stop();
        break;
    case GST_EVENT_EOS: {
        std::shared_ptr<SendChain> chain;
        {
            const std::lock_guard lock{mutex_};
            chain = track_.chain;
        }
        if (!chain || !chain->complete()) note_end();
        break;
    }
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
        if (gst_event_has_name(event, "parley-track"))
            on_room_track(gst_event_get_structure(event));
        break;
    default:
        break;
    }
    return GST_PAD_PROBE_OK;
}

void TrackInput::on_stream_start(GstEvent* event) {
    const char* id = nullptr;
    gst_event_parse_stream_start(event, &id);
    {
        const std::lock_guard lock{mutex_};
        if (!finished_ && (stream_id_ == id || stream_id_.empty())) {
            stream_id_ = id;
            return;
        }
        GST_DEBUG_OBJECT(pad(), "another track: %s after %s", id, stream_id_.c_str());
        stream_id_ = id;
        finished_ = false;
        room_source_.reset();
        muted_ = false;
        from_room_ = false;
    }
    drop_track();
}

/// After a seek running time starts anew, and with it the RTP timestamps of a payloader: a new one
/// has a new SSRC, which receivers take for what it is.
/// Running time begins anew, and RTP cannot go back: what has been sent of ends, and another track
/// follows. A seek before that, of a pipeline that has only prerolled, changes nothing.
void TrackInput::on_flush_stop() {
    const auto caps = adopt_ptr(gst_pad_get_current_caps(pad()));
    {
        const std::lock_guard lock{mutex_};
        const bool had_ended = std::exchange(finished_, false);
        if (!had_ended && !(track_.published && track_.published->begun())) return;
        if (!track_.chain || track_.chain->fed().form == SendChain::Form::rtp) return;
    }
    drop_track();
    if (caps) build(caps.get());
}

void TrackInput::on_room_track(const GstStructure* state) {
    gboolean muted = FALSE;
    gst_structure_get_boolean(state, "muted", &muted);
    const auto* source = gst_structure_get_string(state, "source");
    {
        const std::lock_guard lock{mutex_};
        from_room_ = true;
        muted_ = muted != FALSE;
        if (source != nullptr) room_source_ = room::parse_track_source(source);
    }
    if (const auto track = published()) track->set_muted(muted != FALSE);
}

GstPadProbeReturn TrackInput::on_caps(GstCaps* caps) {
    std::shared_ptr<SendChain> chain;
    {
        const std::lock_guard lock{mutex_};
        chain = track_.chain;
    }
    if (chain) {
        const auto fed = SendChain::fed_by(caps);
        if (fed && *fed == chain->fed()) {
            chain->update(caps);
            return GST_PAD_PROBE_OK;
        }
        drop_track();
    }
    return build(caps) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

bool TrackInput::build(GstCaps* caps) {
    GstPtr<GstElement> sink;
    SendChain::Config config;
    {
        const std::lock_guard lock{mutex_};
        config = config_;
        sink = std::move(idle_sink_);
        idle_sink_.reset();
    }
    if (!sink) {
        sink = make_rtp_sink(config.sync, false);
        gst_bin_add(bin_, sink.get()); // which takes a reference of its own
    }
    const auto weak = weak_from_this();
    SendChain::Handlers handlers;
    handlers.track = [this](Codec codec, std::vector<std::string> rids, bool encoded_here) {
        begin_track(codec, std::move(rids), encoded_here);
    };
    handlers.sink = [this](unsigned layer) { return sink_handlers(layer); };
    handlers.wanted = [weak] {
        const auto self = weak.lock();
        const auto track = self ? self->published() : nullptr;
        // A file that nobody receives goes on in real time all the same: by the sink's clock.
        return !track || track->wanted() || !track->live();
    };
    handlers.audio_level = [weak](std::uint8_t level) {
        const auto self = weak.lock();
        if (const auto track = self ? self->published() : nullptr) track->set_audio_level(level);
    };
    handlers.warning = handlers_.warning;
    handlers.failed = handlers_.error;
    auto chain = SendChain::create(bin_, sink, caps, std::move(config), std::move(handlers));
    if (!chain) {
        handlers_.error(chain.error().text);
        gst_element_set_state(sink.get(), GST_STATE_NULL);
        gst_bin_remove(bin_, sink.get());
        return false;
    }
    {
        const std::lock_guard lock{mutex_};
        track_.chain = *chain;
    }
    gst_ghost_pad_set_target(GST_GHOST_PAD_CAST(pad()), (*chain)->head().get());
    // Encoders have brought latency of their own.
    gst_element_post_message(GST_ELEMENT_CAST(bin_), gst_message_new_latency(GST_OBJECT(bin_)));
    return true;
}

room::TrackSource TrackInput::source() const {
    if (const auto chosen = source_of(pad())) return *chosen;
    const std::lock_guard lock{mutex_};
    if (room_source_) return *room_source_;
    return kind_ == MediaKind::audio ? room::TrackSource::microphone : room::TrackSource::camera;
}

bool TrackInput::is_live() const {
    const auto query = adopt_ptr(gst_query_new_latency());
    gboolean live = FALSE;
    if (gst_pad_peer_query(pad(), query.get())) {
        gst_query_parse_latency(query.get(), &live, nullptr, nullptr);
    }
    return live != FALSE;
}

void TrackInput::begin_track(Codec codec, std::vector<std::string> rids, bool encoded_here) {
    PublishedTrack::Config config;
    config.source = source();
    config.codec = codec;
    config.rids = std::move(rids);
    config.encoded_here = encoded_here;
    const auto weak = weak_from_this();
    PublishedTrack::Handlers handlers;
    handlers.force_keyframe = [weak](unsigned layer) {
        const auto self = weak.lock();
        if (!self) return false;
        std::shared_ptr<SendChain> chain;
        {
            const std::lock_guard lock{self->mutex_};
            chain = self->track_.chain;
        }
        return chain && chain->force_keyframe(layer);
    };
    handlers.refused = [weak](const std::string& text) {
        const auto self = weak.lock();
        if (!self) return;
        // One of a room that is passed on does not end the others.
        (self->from_room() ? self->handlers_.warning : self->handlers_.error)(text);
    };
    auto track =
        std::make_shared<PublishedTrack>(publisher_, std::move(config), std::move(handlers));
    track->set_live(is_live());
    const std::lock_guard lock{mutex_};
    track_.published = track;
    track->set_muted(muted_);
}

/// They hold the track: it outlives its place here while its last packets pass.
RtpSinkHandlers TrackInput::sink_handlers(unsigned layer) {
    const auto track = published();
    RtpSinkHandlers handlers;
    handlers.caps = [track, layer](GstCaps* caps) { track->set_caps(layer, caps); };
    handlers.packet = [track, layer](GstBuffer* buffer, GstClockTime running_time) {
        track->packet(layer, buffer, running_time);
    };
    handlers.flush = [track] { track->flush(); };
    handlers.unlock = [track](bool unlocked) { track->unlock(unlocked); };
    return handlers;
}

} // namespace parley::room_elements
