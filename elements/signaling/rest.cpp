#include "elements/signaling/rest.hpp"

#include "elements/common/json.hpp"
#include "elements/common/steady_time.hpp"
#include "elements/signaling/egress_rest.hpp"

#include <functional>

namespace parley::signaling {

bool is_admin(HttpExchange& exchange, const ClientHub& hub) {
    if (hub.config().jwt_secret.empty()) return true;
    const auto grant =
        verify_token(exchange.bearer_token(), hub.config().jwt_secret, wall_seconds());
    if (!grant) {
        exchange.add_header("WWW-Authenticate", "Bearer");
        exchange.problem(SOUP_STATUS_UNAUTHORIZED, grant.error().text);
        return false;
    }
    if (!grant->permissions.admin) {
        exchange.problem(SOUP_STATUS_FORBIDDEN, "the token needs the claim admin=true");
        return false;
    }
    return true;
}

namespace {

using json::Writer;

bool may_read(HttpExchange& exchange, const ClientHub& hub) {
    if (exchange.method() != "GET" && exchange.method() != "HEAD") {
        exchange.method_not_allowed("GET, HEAD");
        return false;
    }
    return is_admin(exchange, hub);
}

void answer_with_stats(HttpExchange& exchange, ClientHub& hub, const char* type,
                       std::function<std::string(const room::ServerStats&)> print) {
    exchange.defer();
    exchange.add_header("Cache-Control", "no-store");
    hub.media().collect_stats(
        [exchange, type, print = std::move(print)](std::optional<room::ServerStats> stats) mutable {
            if (stats) {
                exchange.reply(SOUP_STATUS_OK, type, print(*stats));
            } else {
                exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "there is no media server yet");
            }
        });
}

void print(Writer& w, const room::LayerStats& l) {
    w.member("rid", l.rid)
        .member("ssrc", l.ssrc)
        .member("active", l.active)
        .member("frameWidth", l.frame_width)
        .member("frameHeight", l.frame_height)
        .member("packetsReceived", l.packets_received)
        .member("bytesReceived", l.bytes_received)
        .member("packetsLost", l.packets_lost)
        .member("packetsDiscarded", l.packets_discarded)
        .member("retransmittedPacketsReceived", l.retransmitted_packets_received)
        .member("nackCount", l.nack_count)
        .member("pliCount", l.pli_count)
        .member("keyFrames", l.key_frames)
        .member("jitter", l.jitter)
        .member("bitrate", l.bitrate);
}

void print(Writer& w, const room::TrackStats& t) {
    w.member("id", t.info.id)
        .member("participant", t.info.participant)
        .member("kind", room::to_string(t.info.kind))
        .member("source", room::to_string(t.info.source))
        .member("codec", t.info.codec)
        .member("muted", t.info.muted)
        .member("subscriptions", t.subscriptions)
        .begin_array("layers");
    for (const auto& layer : t.layers) {
        w.begin_object();
        print(w, layer);
        w.end_object();
    }
    w.end_array();
}

void print(Writer& w, const room::SubscriptionStats& s) {
    w.member("track", s.track)
        .member("participant", s.participant)
        .member("layer", s.layer)
        .member("ssrc", s.ssrc)
        .member("paused", s.paused)
        .member("packetsSent", s.packets_sent)
        .member("bytesSent", s.bytes_sent)
        .member("retransmittedPacketsSent", s.retransmitted_packets_sent)
        .member("nackCount", s.nack_count)
        .member("pliCount", s.pli_count)
        .member("fractionLost", s.fraction_lost)
        .member("roundTripTime", s.round_trip_time);
}

void print(Writer& w, const room::TransportStats& t) {
    w.member("participant", t.participant)
        .member("connection", t.connection)
        .member("dtlsState", t.dtls_state)
        .member("srtpCipher", t.srtp_cipher)
        .member("selectedFlow", t.selected_flow)
        .member("packetsReceived", t.packets_received)
        .member("packetsSent", t.packets_sent)
        .member("bytesReceived", t.bytes_received)
        .member("bytesSent", t.bytes_sent)
        .member("authenticationFailures", t.authentication_failures)
        .member("replays", t.replays);
}

void print(Writer& w, const room::ParticipantInfo& p) {
    w.member("id", p.id).member("name", p.name).member("role", room::to_string(p.role));
}

void print(Writer& w, const room::RoomStats& r);
void print(Writer& w, const room::WorkerStats& s);

template <class Items>
void print_all(Writer& w, std::string_view key, const Items& items) {
    w.begin_array(key);
    for (const auto& item : items) {
        w.begin_object();
        print(w, item);
        w.end_object();
    }
    w.end_array();
}

void print(Writer& w, const room::RoomStats& r) {
    w.member("name", r.name);
    print_all(w, "participants", r.participants);
    print_all(w, "transports", r.transports);
    print_all(w, "tracks", r.tracks);
    print_all(w, "subscriptions", r.subscriptions);
}

void print(Writer& w, const room::WorkerStats& s) {
    w.member("worker", s.worker)
        .member("port", unsigned{s.port})
        .member("packetsReceived", s.packets_received)
        .member("bytesReceived", s.bytes_received)
        .member("packetsSent", s.packets_sent)
        .member("bytesSent", s.bytes_sent)
        .member("packetsDropped", s.packets_dropped)
        .member("sendFailures", s.send_failures)
        .member("turns", s.turns);
    print_all(w, "rooms", s.rooms);
}

/// PUT /api/v1/rooms/ROOM/participants/ID/consent
void put_consent(HttpExchange& exchange, ClientHub& hub, const std::string& room,
                 const std::string& participant) {
    if (exchange.method() != "PUT") {
        exchange.method_not_allowed("PUT");
        return;
    }
    const auto body = exchange.body();
    const auto begin = body.find_first_not_of(" \t\r\n");
    const auto text = begin == std::string::npos
                          ? std::string{}
                          : body.substr(begin, body.find_last_not_of(" \t\r\n") - begin + 1);
    if (text != "true" && text != "false") {
        exchange.problem(SOUP_STATUS_BAD_REQUEST, "the body must be true or false");
        return;
    }
    exchange.defer();
    hub.media().collect_stats([exchange, &hub, room, participant, given = text == "true"](
                                  std::optional<room::ServerStats> stats) mutable {
        if (!stats) {
            exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "there is no media server yet");
        } else if (!stats->has_participant(room, participant)) {
            exchange.problem(SOUP_STATUS_NOT_FOUND, "there is no such participant");
        } else {
            hub.media().post({room::ClientId{}, room, {}, room::ConsentFor{participant, given}});
            exchange.reply_empty(SOUP_STATUS_NO_CONTENT);
        }
    });
}

} // namespace

void serve_rest(HttpExchange& exchange, ClientHub& hub) {
    const auto path = exchange.segments();
    const bool known = path.size() == 3 && path[1] == "v1";
    if (known && path[2] == "rooms") {
        if (may_read(exchange, hub)) {
            answer_with_stats(exchange, hub, "application/json", rooms_json);
        }
    } else if (known && path[2] == "stats") {
        if (may_read(exchange, hub)) {
            answer_with_stats(exchange, hub, "application/json", stats_json);
        }
    } else if (path.size() == 7 && path[1] == "v1" && path[2] == "rooms" &&
               path[4] == "participants" && path[6] == "consent") {
        if (is_admin(exchange, hub)) put_consent(exchange, hub, path[3], path[5]);
    } else if (path.size() >= 3 && path[1] == "v1" && path[2] == "egress") {
        if (is_admin(exchange, hub)) serve_egress(exchange, hub.config().server_name);
    } else {
        exchange.problem(SOUP_STATUS_NOT_FOUND,
                         "there are /api/v1/rooms, /api/v1/stats and /api/v1/egress");
    }
}

void serve_metrics(HttpExchange& exchange, ClientHub& hub) {
    if (!may_read(exchange, hub)) return;
    answer_with_stats(exchange, hub, "text/plain; version=0.0.4; charset=utf-8", metrics_text);
}

std::string rooms_json(const room::ServerStats& stats) {
    Writer w;
    w.begin_object().begin_array("rooms");
    for (const auto& worker : stats.workers) {
        for (const auto& r : worker.rooms) {
            w.begin_object().member("name", r.name).member("worker", worker.worker);
            print_all(w, "participants", r.participants);
            w.begin_array("tracks");
            for (const auto& track : r.tracks)
                w.element(track.info.id);
            w.end_array().end_object();
        }
    }
    return w.end_array().end_object().take();
}

std::string stats_json(const room::ServerStats& stats) {
    Writer w;
    w.begin_object();
    print_all(w, "workers", stats.workers);
    return w.end_object().take();
}

} // namespace parley::signaling
