// Server messages: typed events to JSON.
#include "elements/common/json.hpp"
#include "elements/common/room_words.hpp"
#include "elements/signaling/protocol.hpp"

namespace parley::signaling {
namespace {

using json::Writer;
using words::print;

void print(Writer& w, const IceServer& server) {
    w.begin_array("urls");
    for (const auto& url : server.urls)
        w.element(url);
    w.end_array();
    if (!server.username.empty()) {
        w.member("username", server.username).member("credential", server.credential);
    }
}

/// Members of an object that has been begun; a tap says the consent elsewhere.
void print_participant(Writer& w, const room::ParticipantInfo& participant) {
    words::print(w, participant);
    w.member("consent", participant.consent);
}

template <class Items>
void print_objects(Writer& w, std::string_view key, const Items& items) {
    w.begin_array(key);
    for (const auto& item : items) {
        w.begin_object();
        print(w, item);
        w.end_object();
    }
    w.end_array();
}

template <class Slots>
void print_slots(Writer& w, const Slots& slots) {
    w.begin_array("tracks");
    for (const auto& slot : slots) {
        w.begin_object().member("mid", slot.mid).member("track", slot.track).end_object();
    }
    w.end_array();
}

class Printer {
  public:
    Printer(const room::Event& event, const JoinedExtras& extras)
        : request_id_{event.request_id}, extras_{extras} {}

    std::string operator()(const room::Joined& e) {
        begin("joined");
        w_.member("room", extras_.room)
            .member("participant", e.self.id)
            .member("name", e.self.name)
            .member("role", room::to_string(e.self.role))
            .member("resume", e.resume)
            .member("resumed", e.resumed)
            .member("recording", e.recording)
            .member("consentRequired", e.consent_required);
        print_objects(w_, "iceServers", extras_.ice_servers);
        w_.begin_array("participants");
        for (const auto& participant : e.participants) {
            w_.begin_object();
            print_participant(w_, participant);
            w_.end_object();
        }
        w_.end_array();
        print_objects(w_, "tracks", e.tracks);
        return end();
    }
    std::string operator()(const room::ParticipantJoined& e) {
        begin("participant-joined");
        w_.begin_object("participant");
        print_participant(w_, e.participant);
        w_.end_object();
        return end();
    }
    std::string operator()(const room::ParticipantLeft& e) {
        begin("participant-left");
        w_.member("participant", e.participant).member("reason", e.reason);
        return end();
    }
    std::string operator()(const room::OfferEvent& e) {
        begin("offer");
        w_.member("connection", e.connection).member("revision", e.revision).member("sdp", e.sdp);
        print_slots(w_, e.tracks);
        return end();
    }
    std::string operator()(const room::AnswerEvent& e) {
        begin("answer");
        w_.member("connection", e.connection).member("sdp", e.sdp);
        print_slots(w_, e.tracks);
        return end();
    }
    std::string operator()(const room::CandidateEvent& e) {
        begin("ice-candidate");
        w_.member("connection", e.connection);
        if (e.candidate.candidate.empty()) {
            w_.null("candidate");
        } else {
            w_.begin_object("candidate")
                .member("candidate", e.candidate.candidate)
                .member("sdpMid", e.candidate.mid)
                .end_object();
        }
        return end();
    }
    std::string operator()(const room::IceRestarted&) { return {}; }
    std::string operator()(const room::ConnectionClosed& e) {
        begin("connection-closed");
        w_.member("connection", e.connection);
        return end();
    }
    std::string operator()(const room::TrackPublished& e) {
        begin("track-published");
        w_.begin_object("track");
        print(w_, e.track);
        w_.end_object();
        return end();
    }
    std::string operator()(const room::TrackUnpublished& e) {
        begin("track-unpublished");
        w_.member("track", e.track).member("participant", e.participant);
        return end();
    }
    std::string operator()(const room::TrackMuted& e) {
        begin("mute");
        w_.member("track", e.track).member("participant", e.participant).member("muted", e.muted);
        return end();
    }
    std::string operator()(const room::MessageEvent& e) {
        begin("message");
        w_.member("from", e.from);
        if (!e.to.empty()) w_.member("to", e.to);
        w_.raw_members(e.payload);
        return end();
    }
    std::string operator()(const room::Speakers& e) {
        begin("speakers");
        print(w_, e.speakers);
        return end();
    }
    std::string operator()(const room::RecordingChanged& e) {
        begin(e.recording ? "recording-started" : "recording-stopped");
        w_.member("consentRequired", e.consent_required);
        return end();
    }
    std::string operator()(const room::ConsentEvent& e) {
        begin("consent");
        w_.member("participant", e.participant).member("recording", e.recording);
        return end();
    }
    std::string operator()(const room::ErrorEvent& e) {
        begin("error");
        w_.member("code", room::to_string(e.code)).member("text", e.text);
        if (!e.track.empty()) w_.member("track", e.track);
        return end();
    }
    std::string operator()(const room::Closed& e) {
        begin("left");
        w_.member("reason", e.reason);
        return end();
    }

  private:
    void begin(std::string_view type) {
        w_.begin_object().member("type", type);
        if (!request_id_.empty()) w_.raw("id", request_id_);
    }
    std::string end() { return w_.end_object().take(); }

    const std::string& request_id_;
    const JoinedExtras& extras_;
    Writer w_;
};

} // namespace

std::string to_json(const room::Event& event, const JoinedExtras& extras) {
    return std::visit(Printer{event, extras}, event.body);
}

std::string error_json(const ProtocolError& error) {
    const room::Event event{{}, error.request_id, room::ErrorEvent{error.code, error.text, {}}};
    return to_json(event, {});
}

std::string pong_json(std::string_view request_id) {
    Writer w;
    w.begin_object().member("type", "pong");
    if (!request_id.empty()) w.raw("id", request_id);
    return w.end_object().take();
}

std::string left_json(std::string_view reason) {
    Writer w;
    return w.begin_object().member("type", "left").member("reason", reason).end_object().take();
}

} // namespace parley::signaling
