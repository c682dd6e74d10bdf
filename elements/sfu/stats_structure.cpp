#include "elements/sfu/stats_structure.hpp"

#include <string>
#include <string_view>

namespace parley::sfu {
namespace {

/// A structure under construction.
class Builder {
  public:
    explicit Builder(const char* name) : structure_{gst_structure_new_empty(name)} {}

    Builder& set(const char* field, std::string_view value) {
        gst_structure_set(structure_.get(), field, G_TYPE_STRING, std::string{value}.c_str(),
                          nullptr);
        return *this;
    }
    Builder& set(const char* field, bool value) {
        gst_structure_set(structure_.get(), field, G_TYPE_BOOLEAN, gboolean{value}, nullptr);
        return *this;
    }
    Builder& set(const char* field, unsigned value) {
        gst_structure_set(structure_.get(), field, G_TYPE_UINT, guint{value}, nullptr);
        return *this;
    }
    Builder& set(const char* field, std::uint64_t value) {
        gst_structure_set(structure_.get(), field, G_TYPE_UINT64, guint64{value}, nullptr);
        return *this;
    }
    Builder& set(const char* field, std::int64_t value) {
        gst_structure_set(structure_.get(), field, G_TYPE_INT64, gint64{value}, nullptr);
        return *this;
    }
    Builder& set(const char* field, double value) {
        gst_structure_set(structure_.get(), field, G_TYPE_DOUBLE, value, nullptr);
        return *this;
    }
    template <class Items>
    Builder& set_all(const char* field, const Items& items) {
        GValue array = G_VALUE_INIT;
        gst_value_array_init(&array, static_cast<guint>(items.size()));
        for (const auto& item : items) {
            GValue value = G_VALUE_INIT;
            g_value_init(&value, GST_TYPE_STRUCTURE);
            g_value_take_boxed(&value, build(item).release());
            gst_value_array_append_and_take_value(&array, &value);
        }
        gst_structure_take_value(structure_.get(), field, &array);
        return *this;
    }
    GstStructurePtr take() { return std::move(structure_); }

  private:
    static GstStructurePtr build(const room::ParticipantInfo& p) {
        return Builder{"parley-participant"}
            .set("id", p.id)
            .set("name", p.name)
            .set("role", room::to_string(p.role))
            .take();
    }
    static GstStructurePtr build(const room::TransportStats& t) {
        return Builder{"parley-transport-stats"}
            .set("participant", t.participant)
            .set("connection", t.connection)
            .set("dtls-state", t.dtls_state)
            .set("srtp-cipher", t.srtp_cipher)
            .set("selected-flow", t.selected_flow)
            .set("packets-received", t.packets_received)
            .set("packets-sent", t.packets_sent)
            .set("bytes-received", t.bytes_received)
            .set("bytes-sent", t.bytes_sent)
            .set("authentication-failures", t.authentication_failures)
            .set("replays", t.replays)
            .take();
    }
    static GstStructurePtr build(const room::LayerStats& l) {
        return Builder{"parley-layer-stats"}
            .set("rid", l.rid)
            .set("ssrc", l.ssrc)
            .set("active", l.active)
            .set("frame-width", l.frame_width)
            .set("frame-height", l.frame_height)
            .set("packets-received", l.packets_received)
            .set("bytes-received", l.bytes_received)
            .set("packets-lost", l.packets_lost)
            .set("packets-discarded", l.packets_discarded)
            .set("retransmitted-packets-received", l.retransmitted_packets_received)
            .set("nack-count", l.nack_count)
            .set("pli-count", l.pli_count)
            .set("key-frames", l.key_frames)
            .set("jitter", l.jitter)
            .set("bitrate", l.bitrate)
            .take();
    }
    static GstStructurePtr build(const room::TrackStats& t) {
        return Builder{"parley-track-stats"}
            .set("id", t.info.id)
            .set("participant", t.info.participant)
            .set("kind", room::to_string(t.info.kind))
            .set("source", room::to_string(t.info.source))
            .set("codec", t.info.codec)
            .set("muted", t.info.muted)
            .set("subscriptions", t.subscriptions)
            .set_all("layers", t.layers)
            .take();
    }
    static GstStructurePtr build(const room::SubscriptionStats& s) {
        return Builder{"parley-subscription-stats"}
            .set("track", s.track)
            .set("participant", s.participant)
            .set("layer", s.layer)
            .set("ssrc", s.ssrc)
            .set("paused", s.paused)
            .set("packets-sent", s.packets_sent)
            .set("bytes-sent", s.bytes_sent)
            .set("retransmitted-packets-sent", s.retransmitted_packets_sent)
            .set("nack-count", s.nack_count)
            .set("pli-count", s.pli_count)
            .set("fraction-lost", s.fraction_lost)
            .set("round-trip-time", s.round_trip_time)
            .take();
    }
    static GstStructurePtr build(const room::RoomStats& r) {
        return Builder{"parley-room-stats"}
            .set("name", r.name)
            .set_all("participants", r.participants)
            .set_all("transports", r.transports)
            .set_all("tracks", r.tracks)
            .set_all("subscriptions", r.subscriptions)
            .take();
    }
    static GstStructurePtr build(const room::WorkerStats& w) {
        return Builder{"parley-worker-stats"}
            .set("worker", w.worker)
            .set("port", unsigned{w.port})
            .set("packets-received", w.packets_received)
            .set("bytes-received", w.bytes_received)
            .set("packets-sent", w.packets_sent)
            .set("bytes-sent", w.bytes_sent)
            .set("packets-dropped", w.packets_dropped)
            .set("send-failures", w.send_failures)
            .set("turns", w.turns)
            .set_all("rooms", w.rooms)
            .take();
    }

    GstStructurePtr structure_;
};

} // namespace

GstStructurePtr to_structure(const room::ServerStats& stats) {
    return Builder{"parley-sfu-stats"}.set_all("workers", stats.workers).take();
}

} // namespace parley::sfu
