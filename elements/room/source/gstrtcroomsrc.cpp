#include "elements/room/source/gstrtcroomsrc.hpp"

#include "elements/common/define_element.hpp"
#include "elements/common/log_bridge.hpp"
#include "elements/common/rendezvous.hpp"
#include "elements/room/remote/http_link.hpp"
#include "elements/room/remote/rooms_link.hpp"
#include "elements/room/source/room_source.hpp"
#include "elements/room/tap_opener.hpp"
#include "elements/tap/client.hpp"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

GST_DEBUG_CATEGORY(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {
namespace {

/// What a WHEP server shows is called, as a participant, and as a room that has no name.
constexpr const char* whep_name = "whep";

struct SourceSettings {
    std::string room;
    std::vector<std::string> participants;
    std::vector<std::string> media;
    std::string layer;
    int output = 0;
    int tracks = 0;
    unsigned latency = 0;
    int purpose = 0;
    bool consent_required = false;
    std::string uri;
    std::string token;
    std::string tls_ca;
    unsigned timeout = 0;
    std::string server_name;
};

GType output_type() {
    static constexpr EnumValue values[] = {
        {static_cast<int>(Output::rtp), "rtp", "RTP packets"},
        {static_cast<int>(Output::encoded), "encoded", "Encoded media, depayloaded and parsed"},
        {static_cast<int>(Output::raw), "raw", "Decoded media"},
    };
    return enum_type("GstRtcRoomSrcOutput", values);
}

enum class Tracks { dynamic, stable };

GType tracks_type() {
    static constexpr EnumValue values[] = {
        {static_cast<int>(Tracks::dynamic), "dynamic", "A pad for each track, while it is there"},
        {static_cast<int>(Tracks::stable), "stable",
         "One video and one audio pad for ever, with the active speaker"},
    };
    return enum_type("GstRtcRoomSrcTracks", values);
}

GType purpose_type() {
    static constexpr EnumValue values[] = {
        {static_cast<int>(tap::Purpose::none), "none", "Not said"},
        {static_cast<int>(tap::Purpose::recording), "recording",
         "A recording: the room is told, and consent counts"},
        {static_cast<int>(tap::Purpose::hls), "hls", "Packaging for HLS"},
        {static_cast<int>(tap::Purpose::mix), "mix", "A mix of the room"},
    };
    return enum_type("GstRtcRoomSrcPurpose", values);
}

class SourceElement : public SettingsHolder<SourceSettings> {
  public:
    using Settings = SourceSettings;
    static constexpr const char* type_name = "GstRtcRoomSrc";

    SourceElement(GstElement* element, Settings settings)
        : SettingsHolder{std::move(settings)}, element_{element}, opener_{element} {
        GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SOURCE);
        // A pipeline is at its end when all that are flagged SINK are. The room is not, however
        // many of its tracks have ended: we say when it is.
        GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SINK);
        gst_bin_set_suppressed_flags(
            GST_BIN(element),
            static_cast<GstElementFlags>(GST_ELEMENT_FLAG_SINK | GST_ELEMENT_FLAG_SOURCE));
    }

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<SourceElement>>& properties();

    bool before_state_change(GstStateChange transition);
    void after_state_change(GstStateChange transition);
    GstStateChangeReturn state_change_result(GstStateChange transition,
                                             GstStateChangeReturn result) const;
    bool send_event(GstPtr<GstEvent>& event);
    void set_context(GstContext* context);
    void read_stats(GValue* value) const;

  private:
    bool check();
    bool start();
    void stop();
    /// Opens a way into the room for a source.
    using Way =
        std::function<Result<std::unique_ptr<tap::Link>>(const RoomSource&, tap::Link::Handlers)>;
    void open(const Way& way);
    void open_tap(net::FileDescriptor tap);
    void open_remote(Route route);
    void refuse(const std::string& text);

    GstElement* element_;
    std::mutex context_mutex_;
    RendezvousPtr rendezvous_; // context_mutex_
    TapOpener opener_;

    mutable std::mutex mutex_;
    std::shared_ptr<RoomSource> source_; // mutex_
    bool opened_ = false;                // mutex_
    bool playing_ = false;               // mutex_
};

using Type = ElementType<SourceElement, GstBin, GstBinClass, gst_bin_get_type>;

const std::vector<Property<SourceElement>>& SourceElement::properties() {
    using S = SourceSettings;
    using P = Property<SourceElement>;
    static const std::vector<P> table{
        P{"room", "Room", "Name of the room to receive", TextProperty<S>{&S::room}},
        P{"participants", "Participants",
          "Ids of the participants to receive, with * and ?, separated by commas; none: all but "
          "agents, which are received only where they are named",
          ListProperty<S>{&S::participants}},
        P{"media", "Media",
          "What to receive: audio, video, or sources (camera, microphone, screen, screen-audio), "
          "separated by commas; none: everything",
          ListProperty<S>{&S::media}},
        P{"layer", "Layer",
          "Which layer of a simulcast track: highest, lowest, a size like 640x360 (the largest "
          "within), a rid, or all (each layer has a pad of its own)",
          TextProperty<S>{&S::layer, "highest"}},
        P{"output", "Output", "What the pads carry",
          EnumProperty<S>{&S::output, output_type, static_cast<int>(Output::rtp)}},
        P{"tracks", "Tracks",
          "Which pads there are. stable: whoever of the participants has been the loudest for 2 s "
          "is seen and heard, and GAP events fill what is between",
          EnumProperty<S>{&S::tracks, tracks_type, static_cast<int>(Tracks::dynamic)}},
        P{"latency", "Latency",
          "How long to wait for packets that come late or repaired, in milliseconds",
          NumberProperty<S>{&S::latency, 0, 60000, 200}},
        P{"purpose", "Purpose", "What the media is taken for; the room is told of recordings",
          EnumProperty<S>{&S::purpose, purpose_type, static_cast<int>(tap::Purpose::none)}},
        P{"consent-required", "Consent required",
          "With purpose=recording: nothing of a participant is received without consent",
          FlagProperty<S>{&S::consent_required, false}},
        P{"uri", "URI",
          "Where the room is: ws(s)://HOST/ws (a Parley elsewhere), http(s)://... (a WHEP server), "
          "unix:PATH (the tap socket of a server on this machine), fd:N (an inherited tap); none: "
          "PARLEY_TAP, else the rtcsfu of this pipeline or process",
          TextProperty<S>{&S::uri}},
        P{"token", "Token", "What proves the right to receive, where the server asks for it",
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
          "packets (received), packets-lost-by-tap (left out because this pipeline was too slow), "
          "tracks (now)",
          ComputedProperty<SourceElement>{gst_structure_get_type, &SourceElement::read_stats}},
    };
    return table;
}

constexpr const char* video_caps =
    "application/x-rtp, media=(string)video, clock-rate=(int)90000, "
    "encoding-name=(string){ VP8, VP9, H264, H265, AV1 }; "
    "video/x-vp8; video/x-vp9; "
    "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au; "
    "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au; "
    "video/x-av1; video/x-raw(ANY)";
constexpr const char* audio_caps =
    "application/x-rtp, media=(string)audio, encoding-name=(string){ OPUS, PCMU, PCMA }; "
    "audio/x-opus; audio/x-mulaw; audio/x-alaw; audio/x-raw(ANY)";

void SourceElement::class_init(GstElementClass* klass) {
    GST_DEBUG_CATEGORY_INIT(rtcroomsrc_debug, "rtcroomsrc", 0, "A room's tracks as pads");
    gst_element_class_set_static_metadata(klass, "Room source", "Source/Network",
                                          "Receives the tracks of a room, a pad each", "Parley");
    for (const auto& [name, text] : {std::pair{"video_%u", video_caps}, {"audio_%u", audio_caps}}) {
        const auto caps = adopt_ptr(gst_caps_from_string(text));
        gst_element_class_add_pad_template(
            klass, gst_pad_template_new(name, GST_PAD_SRC, GST_PAD_SOMETIMES, caps.get()));
    }
}

void SourceElement::refuse(const std::string& text) {
    GST_ELEMENT_ERROR(element_, RESOURCE, SETTINGS, ("%s", text.c_str()), (nullptr));
}

bool SourceElement::before_state_change(GstStateChange transition) {
    switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
        install_log_bridge();
        return check();
    case GST_STATE_CHANGE_READY_TO_PAUSED:
        return start();
    case GST_STATE_CHANGE_PAUSED_TO_READY:
        stop();
        return true;
    default:
        return true;
    }
}

void SourceElement::after_state_change(GstStateChange transition) {
    const auto set_playing = [this](bool playing) {
        std::shared_ptr<RoomSource> source;
        {
            const std::lock_guard lock{mutex_};
            playing_ = playing;
            source = source_;
        }
        if (source) source->set_playing(playing);
    };
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) set_playing(true);
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(false);
    if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
        const std::lock_guard lock{context_mutex_};
        rendezvous_.reset();
    }
}

GstStateChangeReturn SourceElement::state_change_result(GstStateChange transition,
                                                        GstStateChangeReturn result) const {
    const bool live_pause = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                            transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
    return live_pause && result != GST_STATE_CHANGE_FAILURE ? GST_STATE_CHANGE_NO_PREROLL : result;
}

/// What can be said to be wrong before anything is started.
bool SourceElement::check() {
    const auto s = settings();
    const auto route = route_of(s.uri);
    if (s.room.empty() && !(route && *route == Route::http)) {
        refuse("rtcroomsrc: the property room is not set: which room is to be received?");
        return false;
    }
    const auto filter = TrackFilter::make(s.participants, s.media);
    const auto layer = parse_layer(s.layer);
    const std::string problem = !route    ? route.error().text
                                : !filter ? filter.error().text
                                : !layer  ? layer.error().text
                                          : "";
    if (!problem.empty()) {
        refuse("rtcroomsrc: " + problem);
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

bool SourceElement::start() {
    const auto s = settings();
    RoomSource::Config config;
    config.room = s.room.empty() ? whep_name : s.room;
    config.token = s.token;
    config.filter = *TrackFilter::make(s.participants, s.media);
    config.layer = *parse_layer(s.layer);
    config.output = static_cast<Output>(s.output);
    config.latency_ms = s.latency;
    config.purpose = static_cast<tap::Purpose>(s.purpose);
    config.consent_required = s.consent_required;
    config.stable = static_cast<Tracks>(s.tracks) == Tracks::stable;
    {
        const std::lock_guard lock{mutex_};
        source_ = std::make_shared<RoomSource>(GST_BIN(element_), std::move(config));
        opened_ = false;
    }
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
                         {[this](net::FileDescriptor tap) { open_tap(std::move(tap)); },
                          [this](const std::string& text) { refuse("rtcroomsrc: " + text); }});
}

void SourceElement::open_tap(net::FileDescriptor tap) {
    // A function that may be copied cannot own a descriptor.
    const auto fd = std::make_shared<net::FileDescriptor>(std::move(tap));
    open([fd](const RoomSource& source,
              tap::Link::Handlers handlers) -> Result<std::unique_ptr<tap::Link>> {
        return tap::Client::start(std::move(*fd), source.hello(), std::move(handlers));
    });
}

/// A server elsewhere: there we are an agent, whom pages leave out.
void SourceElement::open_remote(Route route) {
    const auto s = settings();
    RemoteConfig config;
    config.uri = s.uri;
    config.room = s.room;
    config.token = s.token;
    config.tls_ca = s.tls_ca;
    config.name = GST_OBJECT_NAME(element_);
    if (route == Route::http) config.participant = whep_name;
    if (parse_layer(s.layer)->all) {
        GST_ELEMENT_WARNING(element_, RESOURCE, SETTINGS,
                            ("rtcroomsrc: layer=all needs a tap: another server sends one layer "
                             "of each track, the highest"),
                            (nullptr));
    }
    config.latency_ms = s.latency;
    config.timeout_ms = s.timeout;
    open([this, config, route](const RoomSource&,
                               tap::Link::Handlers handlers) -> Result<std::unique_ptr<tap::Link>> {
        if (route == Route::rooms) {
            return RoomsLink::start(GST_BIN(element_), config, std::move(handlers));
        }
        return HttpLink::start(GST_BIN(element_), config, HttpLink::Direction::receive,
                               std::move(handlers));
    });
}

void SourceElement::open(const Way& way) {
    std::shared_ptr<RoomSource> source;
    bool playing = false;
    {
        const std::lock_guard lock{mutex_};
        if (!source_ || opened_) return;
        opened_ = true;
        source = source_;
        playing = playing_;
    }
    const auto opened = source->open(
        [&](tap::Link::Handlers handlers) { return way(*source, std::move(handlers)); });
    if (!opened) {
        refuse("rtcroomsrc: " + opened.error().text);
        return;
    }
    if (playing) source->set_playing(true);
}

void SourceElement::stop() {
    opener_.stop();
    std::shared_ptr<RoomSource> source;
    {
        const std::lock_guard lock{mutex_};
        source = std::move(source_);
        source_.reset();
        playing_ = false;
    }
    if (source) source->close();
}

bool SourceElement::send_event(GstPtr<GstEvent>& event) {
    const auto type = GST_EVENT_TYPE(event.get());
    event.reset();
    // What a bin sends to its sinks, a latency or a seek, is not for us: we have src pads only.
    if (type != GST_EVENT_EOS) return true;
    std::shared_ptr<RoomSource> source;
    {
        const std::lock_guard lock{mutex_};
        source = source_;
    }
    if (source) {
        source->end();
    } else {
        gst_element_post_message(element_, gst_message_new_eos(GST_OBJECT(element_)));
    }
    return true;
}

void SourceElement::set_context(GstContext* context) {
    if (auto found = rendezvous_of(context)) {
        const std::lock_guard lock{context_mutex_};
        rendezvous_ = std::move(found);
    }
}

void SourceElement::read_stats(GValue* value) const {
    std::shared_ptr<RoomSource> source;
    {
        const std::lock_guard lock{mutex_};
        source = source_;
    }
    const auto counted = source ? source->counters() : RoomSource::Counters{};
    g_value_take_boxed(value, gst_structure_new("rtcroomsrc", "packets", G_TYPE_UINT64,
                                                guint64{counted.packets}, "packets-lost-by-tap",
                                                G_TYPE_UINT64, guint64{counted.packets_lost_by_tap},
                                                "tracks", G_TYPE_UINT, counted.tracks, nullptr));
}

} // namespace
} // namespace parley::room_elements

GType gst_rtc_room_src_get_type() {
    return parley::room_elements::Type::get_type();
}
