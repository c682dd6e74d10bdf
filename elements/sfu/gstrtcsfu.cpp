#include "elements/sfu/gstrtcsfu.hpp"

#include "core/base/log.hpp"
#include "elements/common/define_element.hpp"
#include "elements/common/log_bridge.hpp"
#include "elements/common/rendezvous.hpp"
#include "elements/common/server_element.hpp"
#include "elements/sfu/stats_structure.hpp"
#include "elements/tap/control.hpp"
#include "net/media_server.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::sfu {
namespace {

// Workers answer within one turn of their loop; a worker that does not in this time is stuck, and
// reading a property must not be.
constexpr auto stats_limit = 2s;

struct SfuSettings {
    unsigned port = 0;
    unsigned workers = 0;
    std::vector<std::string> announce;
    std::vector<std::string> video_codecs;
    unsigned consent_timeout = 0;
    unsigned resume_time = 0;
    unsigned tap_buffer = 0;
    std::string tap_socket;
    bool consent_required = false;
    std::string server_name;
};

net::MediaServerConfig to_config(const SfuSettings& s) {
    net::MediaServerConfig config;
    config.port = static_cast<std::uint16_t>(s.port);
    config.workers = s.workers;
    config.announce = s.announce;
    config.video_codecs = s.video_codecs;
    config.consent_timeout = std::chrono::milliseconds{s.consent_timeout};
    config.resume_time = std::chrono::milliseconds{s.resume_time};
    config.tap_buffer = std::size_t{s.tap_buffer} << 10;
    config.tap_socket = s.tap_socket;
    config.consent_required = s.consent_required;
    config.tap_codec.print = [](const tap::Down& message) { return tap::to_json(message); };
    config.tap_codec.parse = tap::parse_up;
    return config;
}

const char* to_nick(net::Notice::Kind kind) {
    using Kind = net::Notice::Kind;
    switch (kind) {
    case Kind::room_opened:
        return "room-opened";
    case Kind::room_closed:
        return "room-closed";
    case Kind::participant_joined:
        return "participant-joined";
    case Kind::participant_left:
        return "participant-left";
    case Kind::track_published:
        return "track-published";
    case Kind::track_unpublished:
        return "track-unpublished";
    case Kind::recording_started:
        return "recording-started";
    case Kind::recording_stopped:
        return "recording-stopped";
    }
    return "unknown";
}

/// The element message `parley-room`: event, room, participant, track, text.
void post_notice(GstElement* element, const net::Notice& notice) {
    log::info("room", "{}", notice.text);
    auto* structure = gst_structure_new(
        "parley-room", "event", G_TYPE_STRING, to_nick(notice.kind), "room", G_TYPE_STRING,
        notice.room.c_str(), "participant", G_TYPE_STRING, notice.participant.c_str(), "track",
        G_TYPE_STRING, notice.track.c_str(), "text", G_TYPE_STRING, notice.text.c_str(), nullptr);
    gst_element_post_message(element, gst_message_new_element(GST_OBJECT(element), structure));
}

class SfuElement : public ServerElement, public SettingsHolder<SfuSettings> {
  public:
    using Settings = SfuSettings;
    static constexpr const char* type_name = "GstRtcSfu";

    SfuElement(GstElement* element, Settings settings)
        : ServerElement{element}, SettingsHolder{std::move(settings)} {}

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<SfuElement>>& properties();

    bool before_state_change(GstStateChange transition);
    void after_state_change(GstStateChange transition);
    void read_stats(GValue* value) const;
    bool set_consent(const char* room, const char* participant, bool given);

  private:
    bool start();
    void stop();
    [[nodiscard]] std::shared_ptr<net::MediaServer> server() const;
    [[nodiscard]] room::ServerStats stats() const;

    mutable std::mutex mutex_;
    std::shared_ptr<net::MediaServer> server_; // mutex_
    Registration registration_;
};

using Type = ElementType<SfuElement>;

const std::vector<Property<SfuElement>>& SfuElement::properties() {
    using S = SfuSettings;
    using P = Property<SfuElement>;
    static const std::vector<P> table{
        P{"port", "Port", "UDP and TCP port of the first worker; worker i listens on this port + i",
          NumberProperty<S>{&S::port, 1, 65535, 10000}},
        P{"workers", "Workers", "Threads that forward media; a room belongs to one of them",
          NumberProperty<S>{&S::workers, 1, 256, 1}},
        P{"announce", "Announced addresses",
          "Addresses to offer to clients instead of this machine's own, separated by commas: the "
          "public ones of a NAT",
          ListProperty<S>{&S::announce}},
        P{"video-codecs", "Video codecs",
          "Video codecs that rooms may use, the most wanted first, separated by commas",
          ListProperty<S>{&S::video_codecs, "VP8,VP9,H264,AV1,H265"}},
        P{"consent-timeout", "Consent timeout",
          "A peer that has been silent for so long is gone, in milliseconds (RFC 7675)",
          NumberProperty<S>{&S::consent_timeout, 1000, 3600000, 30000}},
        P{"resume-time", "Resume time",
          "How long a participant whose signalling was lost is kept, in milliseconds",
          NumberProperty<S>{&S::resume_time, 0, 3600000, 15000}},
        P{"tap-buffer", "Tap buffer",
          "How much may wait for the client of a tap before frames are left out, in KiB; not more "
          "than two seconds' worth waits in any case",
          NumberProperty<S>{&S::tap_buffer, 64, 1048576, 16384}},
        P{"tap-socket", "Tap socket",
          "Path of a Unix socket by which other programs of this machine tap into rooms; its owner "
          "and group may. None: they cannot",
          TextProperty<S>{&S::tap_socket}},
        P{"consent-required", "Consent required",
          "Recordings get nothing of a participant who has not consented to being recorded",
          FlagProperty<S>{&S::consent_required, false}},
        P{"server-name", "Server name",
          "Name by which elements of one process find each other across pipelines; the "
          "rtcsignaling of this server has the same",
          TextProperty<S>{&S::server_name, default_server_name}},
        P{"stats", "Statistics",
          "Counters of workers, rooms, tracks, layers, subscriptions and transports, with the "
          "names of W3C webrtc-stats where one exists",
          ComputedProperty<SfuElement>{gst_structure_get_type, &SfuElement::read_stats}},
    };
    return table;
}

void SfuElement::class_init(GstElementClass* klass) {
    gst_element_class_set_static_metadata(
        klass, "Selective forwarding unit", "Generic/Network",
        "WebRTC media server: transports, routing and repair for rooms", "Parley");
    g_signal_new_class_handler(
        "set-consent", G_TYPE_FROM_CLASS(klass),
        static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
        G_CALLBACK(+[](GstElement* element, const char* room, const char* participant,
                       gboolean given) -> gboolean {
            return Type::impl(element).set_consent(room, participant, given != FALSE);
        }),
        nullptr, nullptr, nullptr, G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

bool SfuElement::before_state_change(GstStateChange transition) {
    return transition != GST_STATE_CHANGE_NULL_TO_READY || start();
}

void SfuElement::after_state_change(GstStateChange transition) {
    if (transition == GST_STATE_CHANGE_READY_TO_NULL) stop();
}

bool SfuElement::start() {
    install_log_bridge();
    const auto s = settings();
    auto started = net::start_media_server(
        to_config(s), [e = element()](const net::Notice& notice) { post_notice(e, notice); });
    if (!started) {
        GST_ELEMENT_ERROR(element(), RESOURCE, OPEN_READ_WRITE,
                          ("%s", started.error().text.c_str()), (nullptr));
        return false;
    }
    std::shared_ptr<net::MediaServer> server{std::move(*started)};
    auto registration = offer_media_server(element(), rendezvous(), s.server_name, server);
    if (!registration) {
        GST_ELEMENT_ERROR(element(), RESOURCE, SETTINGS, ("%s", registration.error().text.c_str()),
                          (nullptr));
        return false;
    }
    registration_ = std::move(*registration);
    const std::lock_guard lock{mutex_};
    server_ = std::move(server);
    return true;
}

void SfuElement::stop() {
    registration_.end(); // nobody uses the server any more
    std::shared_ptr<net::MediaServer> server;
    {
        const std::lock_guard lock{mutex_};
        server = std::move(server_);
        server_.reset();
    }
    server.reset(); // joins the workers: their notices do not come after this
    forget_rendezvous();
}

std::shared_ptr<net::MediaServer> SfuElement::server() const {
    const std::lock_guard lock{mutex_};
    return server_;
}

room::ServerStats SfuElement::stats() const {
    const auto running = server();
    if (!running) return {};
    auto promise = std::make_shared<std::promise<room::ServerStats>>();
    auto answer = promise->get_future();
    running->collect_stats(
        [promise](room::ServerStats collected) { promise->set_value(std::move(collected)); });
    if (answer.wait_for(stats_limit) != std::future_status::ready) return {};
    return answer.get();
}

void SfuElement::read_stats(GValue* value) const {
    g_value_take_boxed(value, to_structure(stats()).release());
}

/// False: there is no such participant.
bool SfuElement::set_consent(const char* room, const char* participant, bool given) {
    const auto running = server();
    if (!running || room == nullptr || participant == nullptr) return false;
    if (!stats().has_participant(room, participant)) return false;
    running->post({room::ClientId{}, room, {}, room::ConsentFor{participant, given}});
    return true;
}

} // namespace
} // namespace parley::sfu

GType gst_rtc_sfu_get_type() {
    return parley::sfu::Type::get_type();
}
