#include "elements/signaling/gstrtcsignaling.hpp"

#include "elements/common/define_element.hpp"
#include "elements/common/log_bridge.hpp"
#include "elements/common/rendezvous.hpp"
#include "elements/common/server_element.hpp"
#include "elements/signaling/service.hpp"
#include "elements/signaling/web_root.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::signaling {
namespace {

struct SignalingSettings {
    std::string listen;
    std::string tls_cert;
    std::string tls_key;
    std::string jwt_secret;
    bool insecure = false;
    std::vector<std::string> stun_uris;
    std::vector<std::string> turn_uris;
    std::string turn_secret;
    unsigned turn_ttl = 0;
    unsigned max_participants = 0;
    unsigned max_rooms = 0;
    unsigned max_connections_per_address = 0;
    std::string web_root;
    std::string server_name;
    unsigned drain_timeout = 0;
};

Result<Config> to_config(const SignalingSettings& s) {
    const auto listen = parse_listen(s.listen);
    if (!listen) return tl::make_unexpected(listen.error());
    Config config;
    config.listen = *listen;
    config.tls_cert = s.tls_cert;
    config.tls_key = s.tls_key;
    config.jwt_secret = s.jwt_secret;
    config.insecure = s.insecure;
    config.server_name = s.server_name;
    config.ice = {s.stun_uris, s.turn_uris, s.turn_secret, s.turn_ttl};
    config.limits = {s.max_participants, s.max_rooms};
    config.max_connections_per_address = s.max_connections_per_address;
    config.web_root = s.web_root.empty() ? default_web_root() : s.web_root;
    config.drain_timeout = std::chrono::milliseconds{s.drain_timeout};
    return config;
}

class SignalingElement : public ServerElement, public SettingsHolder<SignalingSettings> {
  public:
    using Settings = SignalingSettings;
    static constexpr const char* type_name = "GstRtcSignaling";

    SignalingElement(GstElement* element, Settings settings)
        : ServerElement{element}, SettingsHolder{std::move(settings)} {}

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<SignalingElement>>& properties();

    bool before_state_change(GstStateChange transition);
    void after_state_change(GstStateChange transition);
    void drain();

  private:
    bool meet();
    bool start();
    void stop();
    bool refuse(const Error& error);

    Registration registration_; ///< as the signalling server of our name
    std::mutex mutex_;          ///< taken alone: never while the service is stopped
    std::shared_ptr<Service> service_;
    Registration watch_;
};

using Type = ElementType<SignalingElement>;

const std::vector<Property<SignalingElement>>& SignalingElement::properties() {
    using S = SignalingSettings;
    using P = Property<SignalingElement>;
    static const std::vector<P> table{
        P{"listen", "Listen",
          "Address and port to serve HTTP and WebSocket on: 127.0.0.1:8080, [::]:8443. Other than "
          "loopback needs jwt-secret or insecure=true",
          TextProperty<S>{&S::listen, "127.0.0.1:8080"}},
        P{"tls-cert", "TLS certificate",
          "PEM file of the certificate chain; with it the server speaks https and wss",
          TextProperty<S>{&S::tls_cert}},
        P{"tls-key", "TLS key", "PEM file of the certificate's private key",
          TextProperty<S>{&S::tls_key}},
        P{"jwt-secret", "Token secret",
          "Secret of the HS256 tokens that clients must show; empty: no token is asked for",
          TextProperty<S>{&S::jwt_secret, "", true}},
        P{"insecure", "Insecure",
          "Let everybody in without a token although other machines can reach this server",
          FlagProperty<S>{&S::insecure, false}},
        P{"stun-uri", "STUN servers",
          "STUN servers for clients, separated by commas: stun:HOST:PORT",
          ListProperty<S>{&S::stun_uris}},
        P{"turn-uri", "TURN servers",
          "TURN servers for clients, separated by commas: turn:HOST:PORT?transport=udp",
          ListProperty<S>{&S::turn_uris}},
        P{"turn-secret", "TURN secret",
          "Secret that the TURN servers share (coturn: static-auth-secret), for credentials that "
          "expire",
          TextProperty<S>{&S::turn_secret, "", true}},
        P{"turn-ttl", "TURN time to live", "How long TURN credentials hold, in seconds",
          NumberProperty<S>{&S::turn_ttl, 60, 7 * 86400, 86400}},
        P{"max-participants", "Most participants", "Participants in one room, viewers not counted",
          NumberProperty<S>{&S::max_participants, 1, 100000, 100}},
        P{"max-rooms", "Most rooms", "Rooms on this server",
          NumberProperty<S>{&S::max_rooms, 1, 1000000, 1000}},
        P{"max-connections-per-address", "Most connections of an address",
          "TCP connections that one address may hold; 0: no limit. People behind one NAT, or "
          "behind "
          "a proxy, share an address",
          NumberProperty<S>{&S::max_connections_per_address, 0, 1000000, 0}},
        P{"web-root", "Web root",
          "Folder of the page that is served at /; empty: the one that came with this plugin",
          TextProperty<S>{&S::web_root}},
        P{"server-name", "Server name",
          "Name by which elements of one process find each other across pipelines; the rtcsfu of "
          "this server has the same",
          TextProperty<S>{&S::server_name, default_server_name}},
        P{"drain-timeout", "Drain timeout",
          "How long after the action signal \"drain\" clients may stay before they are told to "
          "leave, in milliseconds",
          NumberProperty<S>{&S::drain_timeout, 0, 3600000, 5000}},
    };
    return table;
}

void SignalingElement::class_init(GstElementClass* klass) {
    gst_element_class_set_static_metadata(
        klass, "Rooms signalling server", "Generic/Network",
        "HTTP and WebSocket server of a WebRTC server: rooms, WHIP, WHEP, the page", "Parley");
    g_signal_new_class_handler(
        "drain", G_TYPE_FROM_CLASS(klass),
        static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
        G_CALLBACK(+[](GstElement* element) { Type::impl(element).drain(); }), nullptr, nullptr,
        nullptr, G_TYPE_NONE, 0);
}

bool SignalingElement::before_state_change(GstStateChange transition) {
    switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
        return meet();
    case GST_STATE_CHANGE_READY_TO_PAUSED:
        return start();
    default:
        return true;
    }
}

void SignalingElement::after_state_change(GstStateChange transition) {
    switch (transition) {
    case GST_STATE_CHANGE_PAUSED_TO_READY:
        stop();
        break;
    case GST_STATE_CHANGE_READY_TO_NULL:
        registration_.end();
        forget_rendezvous();
        break;
    default:
        break;
    }
}

bool SignalingElement::meet() {
    install_log_bridge();
    const auto s = settings();
    const auto config = to_config(s);
    if (!config) return refuse(config.error());
    if (const auto ok = check(*config); !ok) return refuse(ok.error());
    if (!config->jwt_secret.empty() && config->jwt_secret.size() < 32) {
        // RFC 7518, section 3.2: shorter than the hash, it can be guessed from one token.
        GST_ELEMENT_WARNING(element(), RESOURCE, SETTINGS,
                            ("jwt-secret has fewer than 32 characters: take a longer, random one"),
                            (nullptr));
    }
    auto registration = register_signaling(element(), rendezvous(), s.server_name);
    if (!registration) return refuse(registration.error());
    registration_ = std::move(*registration);
    return true;
}

bool SignalingElement::start() {
    const auto s = settings();
    auto config = to_config(s);
    if (!config) return refuse(config.error());
    // The message goes to the bus from the service's thread, which ends before the element does.
    auto started = Service::start(std::move(*config), [e = element()] {
        gst_element_post_message(
            e, gst_message_new_element(GST_OBJECT(e), gst_structure_new_empty("parley-drained")));
    });
    if (!started) return refuse(started.error());
    std::shared_ptr<Service> service{std::move(*started)};
    {
        const std::lock_guard lock{mutex_};
        service_ = service;
    }
    watch_ = watch_media_server(element(), rendezvous(), s.server_name, true,
                                {[service](std::shared_ptr<net::MediaServer> media) {
                                     service->set_media_server(std::move(media));
                                 },
                                 [this](const std::string& text) { refuse(Error{text}); }});
    return true;
}

void SignalingElement::stop() {
    std::shared_ptr<Service> service;
    {
        const std::lock_guard lock{mutex_};
        service = std::exchange(service_, nullptr);
    }
    if (service) service->stop(); // with the media server attached: rooms hear who has gone
    watch_.end();
}

void SignalingElement::drain() {
    std::shared_ptr<Service> service;
    {
        const std::lock_guard lock{mutex_};
        service = service_;
    }
    if (service) service->drain();
}

bool SignalingElement::refuse(const Error& error) {
    GST_ELEMENT_ERROR(element(), RESOURCE, SETTINGS, ("%s", error.text.c_str()), (nullptr));
    return false;
}

} // namespace
} // namespace parley::signaling

GType gst_rtc_signaling_get_type() {
    return parley::signaling::Type::get_type();
}
