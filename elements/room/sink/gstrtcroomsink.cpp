#include "elements/room/sink/gstrtcroomsink.hpp"

#include "elements/common/define_element.hpp"
#include "elements/common/log_bridge.hpp"
#include "elements/common/names.hpp"
#include "elements/common/rendezvous.hpp"
#include "elements/room/remote/http_link.hpp"
#include "elements/room/remote/rooms_link.hpp"
#include "elements/room/sink/link_publication.hpp"
#include "elements/room/sink/room_publisher.hpp"
#include "elements/room/sink/rtp_sink.hpp"
#include "elements/room/sink/sink_pad.hpp"
#include "elements/room/sink/track_input.hpp"
#include "elements/room/tap_opener.hpp"
#include "elements/tap/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

GST_DEBUG_CATEGORY(rtcroomsink_debug);
#define GST_CAT_DEFAULT rtcroomsink_debug

namespace parley::room_elements {
namespace {

struct SinkSettings {
    std::string room;
    std::string participant;
    std::string display_name;
    int role = 0;
    bool recording_consent = false;
    std::string encoder;
    unsigned bitrate = 0;
    unsigned audio_bitrate = 0;
    unsigned simulcast = 1;
    bool sync = true;
    std::string uri;
    std::string token;
    std::string tls_ca;
    unsigned timeout = 0;
    std::string server_name;
};

GType role_type() {
    static constexpr EnumValue values[] = {
        {static_cast<int>(room::Role::participant), "participant", "One of those who meet"},
        {static_cast<int>(room::Role::agent), "agent",
         "A machine's part, a mix or a bot: received by pipelines only where it is named"},
    };
    return enum_type("GstRtcRoomSinkRole", values);
}

class SinkElement : public SettingsHolder<SinkSettings> {
  public:
    using Settings = SinkSettings;
    static constexpr const char* type_name = "GstRtcRoomSink";

    SinkElement(GstElement* element, Settings settings)
        : SettingsHolder{std::move(settings)}
        , element_{element}
        , opener_{element}
        , publisher_{element} {
        GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SINK | GST_ELEMENT_FLAG_SOURCE);
        gst_bin_set_suppressed_flags(
            GST_BIN(element),
            static_cast<GstElementFlags>(GST_ELEMENT_FLAG_SINK | GST_ELEMENT_FLAG_SOURCE));
    }
    SinkElement(const SinkElement&) = delete;
    SinkElement& operator=(const SinkElement&) = delete;
    ~SinkElement() { stop(); }

    static void class_init(GstElementClass* klass);
    static void add_interfaces(GType type);
    static const std::vector<Property<SinkElement>>& properties();

    bool before_state_change(GstStateChange transition);
    void after_state_change(GstStateChange transition);
    bool send_event(GstPtr<GstEvent>& event);
    bool send_upstream(GstEvent* event);
    void set_context(GstContext* context);
    void read_stats(GValue* value) const;

    GstPad* request_pad(GstPadTemplate* from, const char* name);
    void release_pad(GstPad* pad);
    /// False: none of its business, the parent class sees to it.
    bool handle_message(GstMessage* message);

  private:
    using Inputs = std::vector<std::shared_ptr<TrackInput>>;

    bool check();
    bool start();
    void stop();
    void on_tap(net::FileDescriptor tap);
    void open_remote(Route route);
    void refuse_media(const std::string& pad, const std::string& text);
    void come_in(const LinkPublication::Connect& connect);
    void on_lost(const std::string& reason);
    void post_eos_when_finished();
    void post_eos();
    void refuse(const std::string& text);
    void warn(const std::string& text);
    [[nodiscard]] SendChain::Config chain_config() const;
    [[nodiscard]] std::string participant() const;
    [[nodiscard]] Inputs inputs() const;

    GstElement* element_;
    std::mutex context_mutex_;
    RendezvousPtr rendezvous_; // context_mutex_
    TapOpener opener_;
    RoomPublisher publisher_;

    mutable std::mutex mutex_;
    Inputs inputs_;                                // mutex_
    unsigned next_pad_[2] = {0, 0};                // mutex_: audio, video
    bool started_ = false;                         // mutex_
    std::shared_ptr<LinkPublication> publication_; // mutex_: which may not have joined yet
    bool joined_ = false;                          // mutex_
};

using Type = ElementType<SinkElement, GstBin, GstBinClass, gst_bin_get_type>;

const std::vector<Property<SinkElement>>& SinkElement::properties() {
    using S = SinkSettings;
    using P = Property<SinkElement>;
    static const std::vector<P> table{
        P{"room", "Room", "Name of the room to publish into", TextProperty<S>{&S::room}},
        P{"participant", "Participant", "Id to publish as; none: made from the name of the element",
          TextProperty<S>{&S::participant}},
        P{"display-name", "Display name", "What people read; none: the participant's id",
          TextProperty<S>{&S::display_name}},
        P{"role", "Role", "What it is to the others",
          EnumProperty<S>{&S::role, role_type, static_cast<int>(room::Role::participant)}},
        P{"recording-consent", "Recording consent",
          "Agrees to being recorded: what is published here may be in recordings for which consent "
          "is required",
          FlagProperty<S>{&S::recording_consent, false}},
        P{"encoder", "Encoder",
          "Element that encodes raw video, like vp8enc, vp9enc, x264enc, openh264enc or av1enc; "
          "none: vp8enc. Set up here for live sending where it is one of these",
          TextProperty<S>{&S::encoder}},
        P{"bitrate", "Bitrate",
          "Of raw video once it is encoded, all layers of a track together, in bit/s; 0: by size "
          "and frame rate",
          NumberProperty<S>{&S::bitrate, 0, 200000000, 0}},
        P{"audio-bitrate", "Audio bitrate", "Of raw audio once it is encoded (Opus), in bit/s",
          NumberProperty<S>{&S::audio_bitrate, 6000, 510000, 64000}},
        P{"simulcast", "Simulcast",
          "How many layers of raw video to publish, each half as wide and high as the next one; "
          "fewer where the picture is too small for so many",
          NumberProperty<S>{&S::simulcast, 1, 3, 1}},
        P{"sync", "Sync", "Send by the clock; false: as fast as it comes",
          FlagProperty<S>{&S::sync, true}},
        P{"uri", "URI",
          "Where the room is: ws(s)://HOST/ws (a Parley elsewhere), http(s)://... (a WHIP server), "
          "unix:PATH (the tap socket of a server on this machine), fd:N (an inherited tap); none: "
          "PARLEY_TAP, else the rtcsfu of this pipeline or process",
          TextProperty<S>{&S::uri}},
        P{"token", "Token", "What proves the right to publish, where the server asks for it",
          TextProperty<S>{&S::token, "", true}},
        P{"tls-ca", "TLS authorities",
          "PEM file of the certificate authorities that servers of wss: and https: are checked "
          "against; none: those of the system",
          TextProperty<S>{&S::tls_ca}},
        P{"timeout", "Timeout", "How long to wait for the server, in milliseconds; 0: for ever",
          NumberProperty<S>{&S::timeout, 0, 3600000, 10000}},
        P{"server-name", "Server name",
          "Which rtcsfu of this process, where there are several: its server-name",
          TextProperty<S>{&S::server_name, default_server_name}},
        P{"stats", "Statistics",
          "joined (in the room now), packets-sent, packets-dropped (the room was not to be "
          "reached, or did not keep up), frames-dropped, tracks (pads)",
          ComputedProperty<SinkElement>{gst_structure_get_type, &SinkElement::read_stats}},
    };
    return table;
}

constexpr const char* identifier_rule =
    "use 1 to 64 of the letters A-Z and a-z, digits, and the signs . _ -";

constexpr const char* video_caps =
    "application/x-rtp, media=(string)video, clock-rate=(int)90000, "
    "encoding-name=(string){ VP8, VP9, H264, H265, AV1 }; "
    "video/x-vp8; video/x-vp9; video/x-h264; video/x-h265; video/x-av1; video/x-raw";
constexpr const char* audio_caps =
    "application/x-rtp, media=(string)audio, encoding-name=(string){ OPUS, PCMU, PCMA }; "
    "audio/x-opus; audio/x-mulaw, rate=(int)8000, channels=(int)1; "
    "audio/x-alaw, rate=(int)8000, channels=(int)1; audio/x-raw";

void SinkElement::class_init(GstElementClass* klass) {
    GST_DEBUG_CATEGORY_INIT(rtcroomsink_debug, "rtcroomsink", 0, "Publishes into a room");
    gst_element_class_set_static_metadata(klass, "Room sink", "Sink/Network",
                                          "Publishes what it is fed into a room", "Parley");
    for (const auto& [name, text] : {std::pair{"video_%u", video_caps}, {"audio_%u", audio_caps}}) {
        const auto caps = adopt_ptr(gst_caps_from_string(text));
        gst_element_class_add_pad_template(
            klass, gst_pad_template_new(name, GST_PAD_SINK, GST_PAD_REQUEST, caps.get()));
    }
    klass->request_new_pad = [](GstElement* element, GstPadTemplate* from, const char* name,
                                const GstCaps*) noexcept -> GstPad* {
        return Type::guarded(element, static_cast<GstPad*>(nullptr),
                             [&] { return Type::impl(element).request_pad(from, name); });
    };
    klass->release_pad = [](GstElement* element, GstPad* pad) noexcept {
        Type::guarded(element, 0, [&] {
            Type::impl(element).release_pad(pad);
            return 0;
        });
    };
    GST_BIN_CLASS(klass)->handle_message = [](GstBin* bin, GstMessage* message) noexcept {
        Type::guarded(bin, 0, [&] {
            if (Type::impl(bin).handle_message(message)) {
                gst_message_unref(message);
            } else {
                GST_BIN_CLASS(&Type::parent())->handle_message(bin, message);
            }
            return 0;
        });
    };
}

/// `video_0::source=screen`: the pads are children, as those of mixers are.
void SinkElement::add_interfaces(GType type) {
    static const GInterfaceInfo info{
        [](gpointer interface, gpointer) noexcept {
            static_cast<GstChildProxyInterface*>(interface)->get_child_by_name =
                [](GstChildProxy* proxy, const char* name) noexcept -> GObject* {
                if (auto* pad = gst_element_get_static_pad(GST_ELEMENT(proxy), name)) {
                    return G_OBJECT(pad);
                }
                auto* const child = gst_bin_get_by_name(GST_BIN(proxy), name);
                return child != nullptr ? G_OBJECT(child) : nullptr;
            };
        },
        nullptr, nullptr};
    g_type_add_interface_static(type, GST_TYPE_CHILD_PROXY, &info);
}

void SinkElement::refuse(const std::string& text) {
    GST_ELEMENT_ERROR(element_, RESOURCE, SETTINGS, ("rtcroomsink: %s", text.c_str()), (nullptr));
}

void SinkElement::warn(const std::string& text) {
    GST_ELEMENT_WARNING(element_, RESOURCE, WRITE, ("rtcroomsink: %s", text.c_str()), (nullptr));
}

// --- states --------------------------------------------------------------------------------------

bool SinkElement::before_state_change(GstStateChange transition) {
    switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
        install_log_bridge();
        return check();
    case GST_STATE_CHANGE_READY_TO_PAUSED:
        return start();
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
        publisher_.follow_clock(true);
        return true;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
        stop();
        return true;
    default:
        return true;
    }
}

void SinkElement::after_state_change(GstStateChange transition) {
    // Now that no pad is active any more.
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
        for (const auto& input : inputs())
            input->reset();
    }
    if (transition != GST_STATE_CHANGE_READY_TO_NULL) return;
    const std::lock_guard lock{context_mutex_};
    rendezvous_.reset();
}

/// What can be said to be wrong before anything is started.
bool SinkElement::check() {
    const auto s = settings();
    const auto route = route_of(s.uri);
    const auto encoder = video_encoder(s.encoder);
    std::string problem;
    const bool whip = route && *route == Route::http;
    if (s.room.empty() && !whip) {
        problem = "the property room is not set: where is it to publish?";
    } else if (!s.room.empty() && !is_identifier(s.room)) {
        problem = fmt::format("room \"{}\": {}", s.room, identifier_rule);
    } else if (!s.participant.empty() && !is_identifier(s.participant)) {
        problem = fmt::format("participant \"{}\": {}", s.participant, identifier_rule);
    } else if (!s.display_name.empty() && !is_display_name(s.display_name)) {
        problem = "display-name: 1 to 64 characters, and not only blanks";
    } else if (!route) {
        problem = route.error().text;
    } else if (!encoder) {
        problem = encoder.error().text;
    }
    if (!problem.empty()) {
        refuse(problem);
        return false;
    }
    auto found = find_rendezvous(element_, [this] {
        const std::lock_guard lock{context_mutex_};
        return rendezvous_;
    });
    const std::lock_guard lock{context_mutex_};
    rendezvous_ = std::move(found);
    return true;
}

bool SinkElement::start() {
    publisher_.start();
    Inputs all;
    {
        const std::lock_guard lock{mutex_};
        started_ = true;
        all = inputs_;
    }
    for (const auto& input : all)
        input->prepare(chain_config(), true);
    const auto s = settings();
    const auto route = *route_of(s.uri);
    if (route == Route::rooms || route == Route::http) {
        open_remote(route);
        return true;
    }
    RendezvousPtr rendezvous;
    {
        const std::lock_guard lock{context_mutex_};
        rendezvous = rendezvous_;
    }
    return opener_.start({s.room, s.uri, s.server_name, s.timeout}, rendezvous,
                         {[this](net::FileDescriptor tap) { on_tap(std::move(tap)); },
                          [this](const std::string& text) { refuse(text); }});
}

void SinkElement::stop() {
    opener_.stop();
    std::shared_ptr<LinkPublication> gone;
    {
        const std::lock_guard lock{mutex_};
        started_ = false;
        gone = std::move(publication_);
        publication_.reset();
        joined_ = false;
    }
    publisher_.stop();
}

// --- the way to the room -------------------------------------------------------------------------

std::string SinkElement::participant() const {
    const auto chosen = settings().participant;
    return chosen.empty() ? as_identifier(GST_OBJECT_NAME(element_)) : chosen;
}

void SinkElement::on_tap(net::FileDescriptor tap) {
    // A function that may be copied cannot own a descriptor.
    const auto fd = std::make_shared<net::FileDescriptor>(std::move(tap));
    come_in([fd](const tap::Hello& hello,
                 tap::Link::Handlers handlers) -> Result<std::unique_ptr<tap::Link>> {
        return tap::Client::start(std::move(*fd), hello, std::move(handlers));
    });
}

/// A server elsewhere.
void SinkElement::open_remote(Route route) {
    const auto s = settings();
    if (s.simulcast > 1) {
        warn("simulcast needs a tap: to another server webrtcbin sends one layer");
    }
    RemoteConfig config;
    config.uri = s.uri;
    config.room = s.room;
    config.token = s.token;
    config.tls_ca = s.tls_ca;
    config.participant = participant();
    config.name = s.display_name.empty() ? config.participant : s.display_name;
    config.role = static_cast<room::Role>(s.role);
    config.recording_consent = s.recording_consent;
    config.timeout_ms = s.timeout;
    come_in(
        [this, config, route](const tap::Hello&,
                              tap::Link::Handlers handlers) -> Result<std::unique_ptr<tap::Link>> {
            if (route == Route::rooms) {
                return RoomsLink::start(GST_BIN(element_), config, std::move(handlers));
            }
            return HttpLink::start(GST_BIN(element_), config, HttpLink::Direction::publish,
                                   std::move(handlers));
        });
}

void SinkElement::come_in(const LinkPublication::Connect& connect) {
    const auto s = settings();
    LinkPublication::Config config;
    config.room = s.room;
    config.token = s.token;
    config.participant = participant();
    config.display_name = s.display_name.empty() ? config.participant : s.display_name;
    config.role = static_cast<room::Role>(s.role);
    config.recording_consent = s.recording_consent;
    LinkPublication::Handlers handlers;
    handlers.joined = [this] {
        std::shared_ptr<Publication> publication;
        {
            const std::lock_guard lock{mutex_};
            joined_ = true;
            publication = publication_;
        }
        if (publication) publisher_.set_publication(publication);
    };
    handlers.refused = [this, config](const std::string& text) {
        refuse(fmt::format("cannot come into the room \"{}\" as \"{}\": {}", config.room,
                           config.participant, text));
    };
    handlers.ended = [this](const std::string& reason) { on_lost(reason); };
    auto opened =
        LinkPublication::open(connect, config, publisher_.timeline(), std::move(handlers));
    if (!opened) {
        refuse(opened.error().text);
        return;
    }
    bool joined = false;
    {
        const std::lock_guard lock{mutex_};
        if (!started_) return;
        publication_ = *opened;
        joined = joined_;
    }
    if (joined) publisher_.set_publication(*opened);
}

/// On the tap's thread, which its publication joins: that is let go elsewhere.
void SinkElement::on_lost(const std::string& reason) {
    auto* const gone = new std::shared_ptr<Publication>[2];
    {
        const std::lock_guard lock{mutex_};
        gone[0] = std::move(publication_);
        publication_.reset();
        joined_ = false;
    }
    gone[1] = publisher_.take_publication();
    gst_element_call_async(
        element_, [](GstElement*, gpointer) {}, gone,
        [](gpointer data) { delete[] static_cast<std::shared_ptr<Publication>*>(data); });
    warn(fmt::format("the way into the room \"{}\" is lost: {}", settings().room, reason));
    if (!opener_.retry()) post_eos();
}

// --- pads ----------------------------------------------------------------------------------------

SinkElement::Inputs SinkElement::inputs() const {
    const std::lock_guard lock{mutex_};
    return inputs_;
}

SendChain::Config SinkElement::chain_config() const {
    const auto s = settings();
    const auto route = route_of(s.uri);
    const bool remote = route && (*route == Route::rooms || *route == Route::http);
    return {s.encoder, s.bitrate, s.audio_bitrate, remote ? 1 : s.simulcast, s.sync};
}

void SinkElement::refuse_media(const std::string& pad, const std::string& text) {
    GST_ELEMENT_ERROR(element_, STREAM, WRONG_TYPE,
                      ("rtcroomsink: %s: %s", pad.c_str(), text.c_str()), (nullptr));
}

GstPad* SinkElement::request_pad(GstPadTemplate* from, const char* name) {
    const std::string_view template_name{GST_PAD_TEMPLATE_NAME_TEMPLATE(from)};
    const bool video = template_name.starts_with("video");
    const std::string prefix = video ? "video_" : "audio_";
    std::string chosen =
        name != nullptr && std::string_view{name}.find('%') == std::string_view::npos ? name : "";
    bool started = false;
    {
        const std::lock_guard lock{mutex_};
        auto& next = next_pad_[video ? 1 : 0];
        if (chosen.empty()) chosen = prefix + std::to_string(next);
        unsigned number = 0;
        const auto* const end = chosen.data() + chosen.size();
        if (chosen.starts_with(prefix) &&
            std::from_chars(chosen.data() + prefix.size(), end, number).ptr == end) {
            next = std::max(next, number + 1);
        }
        started = started_;
    }
    if (const auto taken = adopt_ptr(gst_element_get_static_pad(element_, chosen.c_str()))) {
        GST_WARNING_OBJECT(element_, "there is a pad %s already", chosen.c_str());
        return nullptr;
    }
    TrackInput::Handlers handlers;
    handlers.warning = [this](const std::string& text) { warn(text); };
    handlers.error = [this, chosen](const std::string& text) { refuse_media(chosen, text); };
    handlers.ended = [this] { post_eos_when_finished(); };
    auto input = TrackInput::create(GST_BIN(element_), make_sink_pad(chosen, from),
                                    video ? MediaKind::video : MediaKind::audio, publisher_,
                                    std::move(handlers));
    // In the midst of things nobody waits for its first buffer.
    if (started) input->prepare(chain_config(), false);
    {
        const std::lock_guard lock{mutex_};
        inputs_.push_back(input);
    }
    gst_pad_set_active(input->pad(), TRUE);
    gst_element_add_pad(element_, input->pad());
    gst_child_proxy_child_added(GST_CHILD_PROXY(element_), G_OBJECT(input->pad()), chosen.c_str());
    return input->pad();
}

void SinkElement::release_pad(GstPad* pad) {
    std::shared_ptr<TrackInput> gone;
    {
        const std::lock_guard lock{mutex_};
        const auto found = std::find_if(inputs_.begin(), inputs_.end(),
                                        [&](const auto& input) { return input->pad() == pad; });
        if (found == inputs_.end()) return;
        gone = *found;
        inputs_.erase(found);
    }
    gone->reset();
    gst_child_proxy_child_removed(GST_CHILD_PROXY(element_), G_OBJECT(pad), GST_OBJECT_NAME(pad));
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(element_, pad);
    post_eos_when_finished();
}

// --- the end -------------------------------------------------------------------------------------

/// The RTP sinks' own EOS is that of a track, not ours.
bool SinkElement::handle_message(GstMessage* message) {
    if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_EOS || !is_rtp_sink(GST_MESSAGE_SRC(message))) {
        return false;
    }
    for (const auto& input : inputs()) {
        if (input->on_sink_eos(GST_MESSAGE_SRC(message))) break;
    }
    return true;
}

/// Files that have been published are at their end: so are we. Where the tracks are a room's,
/// others may come.
void SinkElement::post_eos_when_finished() {
    bool any = false;
    for (const auto& input : inputs()) {
        if (!gst_pad_is_linked(input->pad())) continue;
        if (!input->finished() || input->from_room()) return;
        any = true;
    }
    if (any) post_eos();
}

void SinkElement::post_eos() {
    gst_element_post_message(element_, gst_message_new_eos(GST_OBJECT(element_)));
}

/// Upstream by whatever pad has somebody there: the sinks of tracks that have not come know nobody.
bool SinkElement::send_upstream(GstEvent* event) {
    bool taken = false;
    for (const auto& input : inputs()) {
        if (!gst_pad_is_linked(input->pad())) continue;
        taken |= gst_pad_push_event(input->pad(), ref_ptr(event).release()) != FALSE;
    }
    return taken;
}

bool SinkElement::send_event(GstPtr<GstEvent>& event) {
    const auto flags = gst_event_type_get_flags(GST_EVENT_TYPE(event.get()));
    if ((flags & GST_EVENT_TYPE_DOWNSTREAM) == 0) return send_upstream(event.get());
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_EOS) return false;
    event.reset();
    for (const auto& input : inputs())
        input->end();
    post_eos();
    return true;
}

void SinkElement::set_context(GstContext* context) {
    if (auto found = rendezvous_of(context)) {
        const std::lock_guard lock{context_mutex_};
        rendezvous_ = std::move(found);
    }
}

void SinkElement::read_stats(GValue* value) const {
    const auto counted = publisher_.counters();
    g_value_take_boxed(
        value, gst_structure_new("rtcroomsink", "joined", G_TYPE_BOOLEAN,
                                 gboolean{publisher_.publication() != nullptr}, "packets-sent",
                                 G_TYPE_UINT64, guint64{counted.packets_sent}, "packets-dropped",
                                 G_TYPE_UINT64, guint64{counted.packets_dropped}, "frames-dropped",
                                 G_TYPE_UINT64, guint64{counted.frames_dropped}, "tracks",
                                 G_TYPE_UINT, static_cast<guint>(inputs().size()), nullptr));
}

} // namespace
} // namespace parley::room_elements

GType gst_rtc_room_sink_get_type() {
    return parley::room_elements::Type::get_type();
}
