#include "elements/av1/gstrtcav1depay.hpp"

#include "core/rtp/codec/av1_depacketizer.hpp"
#include "elements/av1/meta.hpp"
#include "elements/common/define_element.hpp"
#include "elements/common/gst_ptr.hpp"

#include <gst/rtp/gstrtpbasedepayload.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/video/video.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace parley::av1 {
namespace {

constexpr unsigned default_clock_rate = 90000;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)video, "
                                            "clock-rate=(int)90000, encoding-name=(string)AV1"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-av1, parsed=(boolean)true, stream-format=(string)obu-stream, "
                    "alignment=(string)tu"));

struct DepaySettings {
    bool wait_for_keyframe = false;
    bool request_keyframe = false;
};

/// As av1parse tells them, so that nobody needs to parse again.
GstPtr<GstCaps> to_caps(const rtp::Av1Sequence& sequence) {
    static constexpr std::array profiles{"main", "high", "professional"};
    auto caps = adopt_ptr(gst_static_pad_template_get_caps(&src_template));
    caps = adopt_ptr(gst_caps_make_writable(caps.release()));
    const char* chroma = "4:2:0";
    if (sequence.monochrome) {
        chroma = "4:0:0";
    } else if (!sequence.subsampling_x) {
        chroma = "4:4:4";
    } else if (!sequence.subsampling_y) {
        chroma = "4:2:2";
    }
    const guint depth = sequence.bit_depth;
    gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, int{sequence.width}, "height", G_TYPE_INT,
                        int{sequence.height}, "chroma-format", G_TYPE_STRING, chroma,
                        "bit-depth-luma", G_TYPE_UINT, depth, "bit-depth-chroma", G_TYPE_UINT,
                        depth, nullptr);
    if (sequence.profile < profiles.size()) {
        gst_caps_set_simple(caps.get(), "profile", G_TYPE_STRING, profiles.at(sequence.profile),
                            nullptr);
    }
    return caps;
}

GstMemory* to_memory(std::vector<std::uint8_t> bytes) {
    auto held = std::make_unique<std::vector<std::uint8_t>>(std::move(bytes));
    auto* const data = held->data();
    const auto size = held->size();
    return gst_memory_new_wrapped(
        GstMemoryFlags{}, data, size, 0, size, held.release(), [](gpointer p) {
            std::unique_ptr<std::vector<std::uint8_t>>{static_cast<std::vector<std::uint8_t>*>(p)};
        });
}

class DepayElement : public SettingsHolder<DepaySettings> {
  public:
    using Settings = DepaySettings;
    static constexpr const char* type_name = "GstRtcAv1Depay";

    DepayElement(GstElement* element, Settings settings)
        : SettingsHolder{settings}, depayload_{GST_RTP_BASE_DEPAYLOAD(element)} {
        depayload_->clock_rate = default_clock_rate;
    }

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<DepayElement>>& properties();

    void after_state_change(GstStateChange transition) {
        if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) reset();
    }

    void set_caps() { pushed_sequence_.reset(); }
    GstPtr<GstBuffer> process(GstRTPBuffer* rtp);
    void before_event(GstEvent* event);

  private:
    void reset();
    void request_keyframe();
    GstPtr<GstBuffer> finish(rtp::Av1TemporalUnit unit);

    GstRTPBaseDepayload* depayload_; // owns us
    // The streaming thread's, as everything below.
    rtp::Av1Depacketizer depacketizer_;
    GstPtr<GstBuffer> pending_; ///< times and metas of the unit that is being put together
    std::optional<rtp::Av1Sequence> pushed_sequence_; ///< that the caps tell of
};

using Type = ElementType<DepayElement, GstRTPBaseDepayload, GstRTPBaseDepayloadClass,
                         gst_rtp_base_depayload_get_type>;

const std::vector<Property<DepayElement>>& DepayElement::properties() {
    using S = DepaySettings;
    using P = Property<DepayElement>;
    static const std::vector<P> table{
        P{"wait-for-keyframe", "Wait for keyframe",
          "After packet loss, push nothing before the next keyframe",
          FlagProperty<S>{&S::wait_for_keyframe, false}, Mutable::playing},
        P{"request-keyframe", "Request keyframe",
          "Ask upstream for a keyframe when packets are lost or a stream starts without one",
          FlagProperty<S>{&S::request_keyframe, false}, Mutable::playing},
    };
    return table;
}

void DepayElement::class_init(GstElementClass* klass) {
    gst_element_class_set_static_metadata(klass, "RTP AV1 depayloader",
                                          "Codec/Depayloader/Network/RTP",
                                          "Extracts AV1 video from RTP packets", "Parley");
    gst_element_class_add_static_pad_template(klass, &sink_template);
    gst_element_class_add_static_pad_template(klass, &src_template);

    auto* depayload_class = GST_RTP_BASE_DEPAYLOAD_CLASS(klass);
    depayload_class->set_caps = [](GstRTPBaseDepayload* base, GstCaps*) noexcept -> gboolean {
        Type::impl(base).set_caps();
        return TRUE;
    };
    depayload_class->process_rtp_packet = [](GstRTPBaseDepayload* base,
                                             GstRTPBuffer* rtp) noexcept -> GstBuffer* {
        return Type::guarded(base, static_cast<GstBuffer*>(nullptr),
                             [&] { return Type::impl(base).process(rtp).release(); });
    };
    depayload_class->handle_event = [](GstRTPBaseDepayload* base,
                                       GstEvent* event) noexcept -> gboolean {
        return Type::guarded(base, gboolean{FALSE}, [&] {
            Type::impl(base).before_event(event);
            return Type::parent().handle_event(base, event);
        });
    };
}

void DepayElement::reset() {
    depacketizer_.reset();
    pending_.reset();
    pushed_sequence_.reset();
}

void DepayElement::before_event(GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
        depacketizer_.reset();
        pending_.reset();
    }
    if (GST_EVENT_TYPE(event) != GST_EVENT_EOS) return;
    if (auto unit = depacketizer_.finish()) {
        gst_rtp_base_depayload_push(depayload_, finish(std::move(*unit)).release());
    }
}

GstPtr<GstBuffer> DepayElement::process(GstRTPBuffer* rtp) {
    const auto s = settings();
    depacketizer_.set_wait_for_keyframe(s.wait_for_keyframe);
    rtp::Av1Depacketizer::Packet packet;
    packet.payload = {static_cast<const std::uint8_t*>(gst_rtp_buffer_get_payload(rtp)),
                      gst_rtp_buffer_get_payload_len(rtp)};
    packet.timestamp = gst_rtp_buffer_get_timestamp(rtp);
    packet.marker = gst_rtp_buffer_get_marker(rtp) != FALSE;
    packet.gap = GST_BUFFER_IS_DISCONT(rtp->buffer);

    if (auto ended = depacketizer_.ended_before(packet)) {
        gst_rtp_base_depayload_push(depayload_, finish(std::move(*ended)).release());
    }
    if (!depacketizer_.unit_open() || packet.gap || !pending_) {
        pending_ = adopt_ptr(gst_buffer_new());
        GST_BUFFER_PTS(pending_.get()) = GST_BUFFER_PTS(rtp->buffer);
        GST_BUFFER_DTS(pending_.get()) = GST_BUFFER_DTS(rtp->buffer);
    }
    copy_metas(pending_.get(), rtp->buffer);
    auto unit = depacketizer_.push(packet);
    if (depacketizer_.take_keyframe_wish() && s.request_keyframe) request_keyframe();
    return unit ? finish(std::move(*unit)) : nullptr;
}

void DepayElement::request_keyframe() {
    gst_pad_push_event(GST_RTP_BASE_DEPAYLOAD_SINKPAD(depayload_),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, FALSE, 0));
}

GstPtr<GstBuffer> DepayElement::finish(rtp::Av1TemporalUnit unit) {
    if (pushed_sequence_ != unit.sequence) {
        pushed_sequence_ = unit.sequence;
        gst_pad_set_caps(GST_RTP_BASE_DEPAYLOAD_SRCPAD(depayload_), to_caps(unit.sequence).get());
    }
    auto buffer = std::move(pending_);
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_MARKER);
    if (!unit.keyframe) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
    if (unit.discontinuity) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
    gst_buffer_append_memory(buffer.get(), to_memory(std::move(unit.bytes)));
    return buffer;
}

} // namespace
} // namespace parley::av1

GType gst_rtc_av1_depay_get_type() {
    return parley::av1::Type::get_type();
}
