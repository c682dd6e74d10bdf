#include "elements/av1/gstrtcav1pay.hpp"

#include "core/rtp/codec/av1_packetizer.hpp"
#include "elements/av1/meta.hpp"
#include "elements/common/define_element.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/mapped_buffer.hpp"

#include <gst/rtp/gstrtpbasepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

#include <optional>
#include <string>
#include <vector>

namespace parley::av1 {
namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-av1, parsed=(boolean)true, stream-format=(string)obu-stream, "
                    "alignment=(string){ tu, frame }"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("application/x-rtp, media=(string)video, payload=(int)[ 96, 127 ], "
                    "clock-rate=(int)90000, encoding-name=(string)AV1"));

/// Everything to be set is the base class's.
struct PaySettings {};

class PayElement : public SettingsHolder<PaySettings> {
  public:
    using Settings = PaySettings;
    static constexpr const char* type_name = "GstRtcAv1Pay";

    PayElement(GstElement* element, Settings settings)
        : SettingsHolder{settings}, payload_{GST_RTP_BASE_PAYLOAD(element)} {
        gst_rtp_base_payload_set_options(payload_, "video", TRUE, "AV1", 90000);
    }

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<PayElement>>& properties() {
        static const std::vector<Property<PayElement>> none;
        return none;
    }

    void after_state_change(GstStateChange transition) {
        if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) reset();
    }

    bool set_caps(GstCaps* caps);
    GstFlowReturn handle(const GstPtr<GstBuffer>& buffer);

  private:
    void reset();
    bool tell_caps();
    [[nodiscard]] bool peer_takes(GstCaps* caps) const;
    void refuse(GstBuffer* buffer);
    GstPtr<GstBuffer> make_packet(std::size_t i, GstBuffer* source, bool marker);

    GstRTPBasePayload* payload_; // owns us
    // The streaming thread's, as everything below.
    rtp::Av1Packetizer packetizer_;
    bool whole_units_ = true; ///< alignment=tu
    bool caps_told_ = false;
    std::optional<rtp::Av1Sequence> told_sequence_; ///< that the caps tell of
    bool refused_ = false;                          ///< a buffer, since the last good one
};

using Type = ElementType<PayElement, GstRTPBasePayload, GstRTPBasePayloadClass,
                         gst_rtp_base_payload_get_type>;

void PayElement::class_init(GstElementClass* klass) {
    gst_element_class_set_static_metadata(klass, "RTP AV1 payloader", "Codec/Payloader/Network/RTP",
                                          "Puts AV1 video into RTP packets", "Parley");
    gst_element_class_add_static_pad_template(klass, &sink_template);
    gst_element_class_add_static_pad_template(klass, &src_template);

    auto* payload_class = GST_RTP_BASE_PAYLOAD_CLASS(klass);
    payload_class->set_caps = [](GstRTPBasePayload* base, GstCaps* caps) noexcept -> gboolean {
        return Type::guarded(base, gboolean{FALSE},
                             [&]() -> gboolean { return Type::impl(base).set_caps(caps); });
    };
    payload_class->handle_buffer = [](GstRTPBasePayload* base,
                                      GstBuffer* buffer) noexcept -> GstFlowReturn {
        return Type::guarded(base, GST_FLOW_ERROR,
                             [&] { return Type::impl(base).handle(adopt_ptr(buffer)); });
    };
}

void PayElement::reset() {
    packetizer_.reset();
    caps_told_ = false;
    told_sequence_.reset();
    refused_ = false;
}

bool PayElement::set_caps(GstCaps* caps) {
    const auto* alignment = gst_structure_get_string(gst_caps_get_structure(caps, 0), "alignment");
    whole_units_ = g_strcmp0(alignment, "frame") != 0;
    // The caps of the source pad wait for the sequence header, which has the parameters.
    // Without this the base class would send a first caps event that lacks them.
    gst_pad_check_reconfigure(GST_RTP_BASE_PAYLOAD_SRCPAD(payload_));
    caps_told_ = false;
    return true;
}

bool PayElement::peer_takes(GstCaps* caps) const {
    const auto taken =
        adopt_ptr(gst_pad_peer_query_caps(GST_RTP_BASE_PAYLOAD_SRCPAD(payload_), nullptr));
    return !taken || gst_caps_can_intersect(taken.get(), caps);
}

bool PayElement::tell_caps() {
    const auto& sequence = packetizer_.unit().sequence();
    if (caps_told_ && told_sequence_ == sequence) return true;
    caps_told_ = true;
    told_sequence_ = sequence;
    if (!sequence) return gst_rtp_base_payload_set_outcaps(payload_, nullptr);

    const auto profile = std::to_string(sequence->profile);
    const auto level = std::to_string(sequence->level_idx);
    const auto tier = std::to_string(sequence->tier);
    const auto full = adopt_ptr(gst_caps_new_simple(
        "application/x-rtp", "profile", G_TYPE_STRING, profile.c_str(), "level-idx", G_TYPE_STRING,
        level.c_str(), "tier", G_TYPE_STRING, tier.c_str(), nullptr));
    // Level and tier in an offer are what a receiver likes best, not what it can take: where they
    // are others, the peer's stay in the caps.
    if (!peer_takes(full.get())) {
        return gst_rtp_base_payload_set_outcaps(payload_, "profile", G_TYPE_STRING, profile.c_str(),
                                                nullptr);
    }
    return gst_rtp_base_payload_set_outcaps(payload_, "profile", G_TYPE_STRING, profile.c_str(),
                                            "level-idx", G_TYPE_STRING, level.c_str(), "tier",
                                            G_TYPE_STRING, tier.c_str(), nullptr);
}

GstFlowReturn PayElement::handle(const GstPtr<GstBuffer>& buffer) {
    const MappedBuffer map{buffer.get()};
    const auto max_payload =
        gst_rtp_buffer_calc_payload_len(GST_RTP_BASE_PAYLOAD_MTU(payload_), 0, 0);
    if (!map || !packetizer_.plan(map.bytes(), max_payload)) {
        refuse(buffer.get());
        return GST_FLOW_OK;
    }
    refused_ = false;
    const auto count = packetizer_.payload_count();
    if (count == 0) return GST_FLOW_OK;
    if (!tell_caps()) return GST_FLOW_NOT_NEGOTIATED;

    // A frame's buffer is marked by av1parse where it is its unit's last; its own picture tells
    // it of other sources.
    const bool ends_unit = whole_units_ ||
                           GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_MARKER) ||
                           packetizer_.unit().complete();
    auto list = adopt_ptr(gst_buffer_list_new_sized(static_cast<guint>(count)));
    for (std::size_t i = 0; i < count; ++i) {
        auto packet = make_packet(i, buffer.get(), ends_unit && i + 1 == count);
        if (i == 0 && GST_BUFFER_IS_DISCONT(buffer.get())) {
            GST_BUFFER_FLAG_SET(packet.get(), GST_BUFFER_FLAG_DISCONT);
        }
        gst_buffer_list_add(list.get(), packet.release());
    }
    return gst_rtp_base_payload_push_list(payload_, list.release());
}

GstPtr<GstBuffer> PayElement::make_packet(std::size_t i, GstBuffer* source, bool marker) {
    auto packet = adopt_ptr(gst_rtp_base_payload_allocate_output_buffer(
        payload_, static_cast<guint>(packetizer_.payload_size(i)), 0, 0));
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (gst_rtp_buffer_map(packet.get(), GST_MAP_READWRITE, &rtp)) {
        packetizer_.write(i, {static_cast<std::uint8_t*>(gst_rtp_buffer_get_payload(&rtp)),
                              packetizer_.payload_size(i)});
        gst_rtp_buffer_set_marker(&rtp, marker);
        gst_rtp_buffer_unmap(&rtp);
    }
    GST_BUFFER_PTS(packet.get()) = GST_BUFFER_PTS(source);
    GST_BUFFER_DTS(packet.get()) = GST_BUFFER_DTS(source);
    if (marker) GST_BUFFER_FLAG_SET(packet.get(), GST_BUFFER_FLAG_MARKER);
    if (!packetizer_.unit().starts_sequence()) {
        GST_BUFFER_FLAG_SET(packet.get(), GST_BUFFER_FLAG_DELTA_UNIT);
    }
    copy_metas(packet.get(), source);
    return packet;
}

void PayElement::refuse(GstBuffer* buffer) {
    if (refused_) return; // one warning a stretch
    refused_ = true;
    GST_ELEMENT_WARNING(payload_, STREAM, FORMAT,
                        ("Dropped a buffer that is not AV1 in OBUs with sizes"),
                        ("%" GST_PTR_FORMAT, static_cast<void*>(buffer)));
}

} // namespace
} // namespace parley::av1

GType gst_rtc_av1_pay_get_type() {
    return parley::av1::Type::get_type();
}
