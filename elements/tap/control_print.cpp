// Control records to JSON.
#include "elements/common/room_words.hpp"
#include "elements/tap/control.hpp"

namespace parley::tap {
namespace {

using json::Writer;

std::int64_t utc_ns(NtpTime time) {
    return since_1970(time).count();
}

/// One message: the type, its members, the end.
class Printer {
  public:
    // Up.

    std::string operator()(const Hello& m) {
        begin("hello").member("version", m.version);
        if (!m.room.empty()) w_.member("room", m.room);
        if (!m.token.empty()) w_.member("token", m.token);
        w_.member("purpose", to_string(m.purpose)).member("consentRequired", m.consent_required);
        return end();
    }
    std::string operator()(const Subscribe& m) {
        begin("subscribe", m.stream).member("track", m.track);
        words::print(w_, m.layer);
        w_.member("paused", m.paused);
        return end();
    }
    std::string operator()(const Unsubscribe& m) {
        begin("unsubscribe", m.stream);
        return end();
    }
    std::string operator()(const ChooseLayer& m) {
        begin("choose-layer", m.stream);
        words::print(w_, m.layer);
        return end();
    }
    std::string operator()(const Pause& m) {
        begin("pause", m.stream).member("paused", m.paused);
        return end();
    }
    std::string operator()(const RequestKeyframe& m) {
        begin("request-keyframe", m.stream).member("reason", to_string(m.reason));
        return end();
    }
    std::string operator()(const Join& m) {
        begin("join");
        if (!m.participant.empty()) w_.member("participant", m.participant);
        w_.member("name", m.name).member("role", room::to_string(m.role));
        // A server of before consent could be given here refuses the member.
        if (m.consent) w_.member("consent", true);
        return end();
    }
    std::string operator()(const Leave&) {
        begin("leave");
        return end();
    }
    std::string operator()(const Publish& m) {
        begin("publish")
            .member("source", room::to_string(m.source))
            .member("codec", m.codec)
            .member("fmtp", m.fmtp)
            .member("payloadType", unsigned{m.payload_type})
            .member("muted", m.muted)
            .member("keyframesOnDemand", m.keyframes_on_demand)
            .begin_array("layers");
        for (const auto& layer : m.layers) {
            w_.begin_object()
                .member("stream", value(layer.stream))
                .member("rid", layer.rid)
                .end_object();
        }
        w_.end_array();
        return end();
    }
    std::string operator()(const Unpublish& m) {
        begin("unpublish", m.stream);
        return end();
    }
    std::string operator()(const Mute& m) {
        begin("mute", m.stream).member("muted", m.muted);
        return end();
    }
    std::string operator()(const SendMessage& m) {
        begin("message");
        if (!m.to.empty()) w_.member("to", m.to);
        w_.raw_members(m.payload);
        return end();
    }

    // Down.

    std::string operator()(const Welcome& m) {
        begin("welcome")
            .member("version", m.version)
            .member("room", m.room)
            .begin_object("wall")
            .member("monotonicNs", std::int64_t{m.wall.at.time_since_epoch().count()})
            .member("utcNs", utc_ns(m.wall.ntp))
            .end_object()
            .member("recording", m.recording)
            .member("consentRequired", m.consent_required);
        return end();
    }
    std::string operator()(const ParticipantJoined& m) {
        begin("participant-joined").begin_object("participant");
        words::print(w_, m.participant);
        w_.end_object().member("consent", m.participant.consent);
        return end();
    }
    std::string operator()(const ParticipantLeft& m) {
        begin("participant-left").member("participant", m.participant).member("reason", m.reason);
        return end();
    }
    std::string operator()(const TrackAdded& m) {
        begin("track-published").begin_object("track");
        words::print(w_, m.track);
        w_.end_object()
            .begin_object("format")
            .member("payloadType", unsigned{m.format.payload_type})
            .member("clockRate", m.format.clock_rate)
            .member("channels", m.format.channels)
            .member("fmtp", m.format.fmtp)
            .begin_array("extensions");
        for (const auto& extension : m.format.extensions) {
            w_.begin_object()
                .member("id", unsigned{extension.id})
                .member("uri", extension.uri)
                .end_object();
        }
        w_.end_array().end_object();
        return end();
    }
    std::string operator()(const TrackRemoved& m) {
        begin("track-unpublished").member("track", m.track);
        return end();
    }
    std::string operator()(const TrackMuted& m) {
        begin("mute").member("track", m.track).member("muted", m.muted);
        return end();
    }
    std::string operator()(const TrackLayers& m) {
        begin("track-layers").member("track", m.track);
        words::print(w_, m.layers);
        return end();
    }
    std::string operator()(const Speakers& m) {
        begin("speakers");
        words::print(w_, m.speakers);
        return end();
    }
    std::string operator()(const ConsentChanged& m) {
        begin("consent").member("participant", m.participant).member("recording", m.consent);
        return end();
    }
    std::string operator()(const RecordingChanged& m) {
        begin(m.recording ? "recording-started" : "recording-stopped")
            .member("consentRequired", m.consent_required);
        return end();
    }
    std::string operator()(const MessageReceived& m) {
        begin("message").member("from", m.from);
        if (!m.to.empty()) w_.member("to", m.to);
        w_.raw_members(m.payload);
        return end();
    }
    std::string operator()(const StreamStarted& m) {
        begin("stream-started", m.stream)
            .member("ssrc", m.ssrc)
            .member("rid", m.rid)
            .member("width", m.width)
            .member("height", m.height);
        return end();
    }
    std::string operator()(const StreamEnded& m) {
        begin("stream-ended", m.stream).member("reason", m.reason);
        return end();
    }
    std::string operator()(const Gap& m) {
        begin("gap", m.stream)
            .member("reason", m.reason)
            .member("packets", m.packets)
            .member("frames", m.frames);
        if (m.start != NtpTime{}) w_.member("startUtcNs", utc_ns(m.start));
        w_.member("durationNs", std::int64_t{m.duration.count()});
        return end();
    }
    std::string operator()(const Joined& m) {
        begin("joined")
            .member("participant", m.self.id)
            .member("name", m.self.name)
            .member("role", room::to_string(m.self.role));
        return end();
    }
    std::string operator()(const Published& m) {
        begin("published", m.stream).member("track", m.track);
        return end();
    }
    std::string operator()(const KeyframeWanted& m) {
        begin("keyframe-wanted", m.stream).member("reason", to_string(m.reason));
        return end();
    }
    std::string operator()(const Wanted& m) {
        begin("wanted", m.stream).member("wanted", m.wanted);
        return end();
    }
    std::string operator()(const Refused& m) {
        begin("error").member("code", room::to_string(m.code)).member("text", m.text);
        if (m.stream != no_stream) w_.member("stream", value(m.stream));
        return end();
    }
    std::string operator()(const Closed& m) {
        begin("closed").member("reason", m.reason);
        return end();
    }

  private:
    Writer& begin(std::string_view type) { return w_.begin_object().member("type", type); }
    Writer& begin(std::string_view type, StreamId stream) {
        return begin(type).member("stream", value(stream));
    }
    std::string end() { return w_.end_object().take(); }

    Writer w_;
};

} // namespace

std::string to_json(const Up& message) {
    return std::visit(Printer{}, message);
}

std::string to_json(const Down& message) {
    return std::visit(Printer{}, message);
}

} // namespace parley::tap
