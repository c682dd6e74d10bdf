#include "elements/room/remote/rooms_session.hpp"

#include "core/base/log.hpp"
#include "elements/room/remote/http_client.hpp"
#include "net/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace parley::room_elements {

namespace {

constexpr unsigned first_retry_ms = 250;
constexpr unsigned last_retry_ms = 5000;
/// A connection to a participant that fails so often in a row is an error.
constexpr unsigned most_failures = 3;
/// Of the latency that was asked for: what is left for the network's own variance.
constexpr unsigned jitter_share_ms = 50;
constexpr const char* publisher_name = "publisher";

std::string escaped(const std::string& text) {
    const GStringPtr out{g_uri_escape_string(text.c_str(), nullptr, FALSE)};
    return out.get();
}

} // namespace

std::vector<IceUri> to_ice_uris(const std::vector<rooms::IceServer>& servers,
                                std::vector<std::string>& refused) {
    std::vector<IceUri> uris;
    for (const auto& server : servers) {
        for (const std::string_view url : server.urls) {
            const auto colon = url.find(':');
            const auto scheme = url.substr(0, colon);
            const auto rest = colon == std::string_view::npos ? "" : url.substr(colon + 1);
            if (scheme == "stun") {
                uris.push_back({false, fmt::format("stun://{}", rest)});
            } else if (scheme == "turn") {
                uris.push_back({true, fmt::format("turn://{}:{}@{}", escaped(server.username),
                                                  escaped(server.credential), rest)});
            } else {
                // libnice speaks plain text to a turns: server.
                refused.push_back(fmt::format("{}: only stun: and turn: can be used here", url));
            }
        }
    }
    return uris;
}

bool is_loopback(const std::string& uri) {
    GErrorOut error;
    const auto parsed = adopt_ptr(g_uri_parse(uri.c_str(), G_URI_FLAGS_NONE, error));
    if (!parsed) return false;
    const auto* const host = g_uri_get_host(parsed.get());
    if (host == nullptr) return false;
    if (std::string_view{host} == "localhost") return true;
    const auto address = adopt_ptr(g_inet_address_new_from_string(host));
    return address && g_inet_address_get_is_loopback(address.get()) != FALSE;
}

RoomsLink::Session::Session(GstBin* bin, RemoteConfig config, Handlers handlers,
                            SenderTable& senders, GMainContext* context)
    : bin_{bin}
    , config_{std::move(config)}
    , handlers_{std::move(handlers)}
    , context_{context}
    , wall_{senders.wall()}
    , reception_{context, wall_, handlers_}
    , publishing_{bin, context, senders, publishing_handlers()} {}

Publishing::Handlers RoomsLink::Session::publishing_handlers() {
    Publishing::Handlers handlers;
    handlers.offered = [this](const std::string& sdp,
                              const std::vector<rooms::PublishedSource>& tracks) {
        say(rooms::print_offer(sdp, tracks));
    };
    handlers.candidate = [this](const std::string& candidate, unsigned m_line) {
        say(rooms::print_candidate(publisher_name, candidate, m_line));
    };
    handlers.tell = [this](const tap::Down& message) { tell(message); };
    handlers.changed = [this] { offer(); };
    handlers.failed = [this](const std::string& why) { on_peer_failed(publisher_name, why); };
    return handlers;
}

RoomsLink::Session::~Session() {
    if (timer_) g_source_destroy(timer_.get());
    publishing_.drop();
    for (auto& [name, peer] : peers_)
        peer.peer->close(); // no packet comes any more
    peers_.clear();
    if (socket_) socket_->close();
}

void RoomsLink::Session::say(const std::string& text) {
    log::debug("rooms", "{} <- {}", config_.uri, text);
    socket_->send(text);
}

void RoomsLink::Session::tell(const tap::Down& message) {
    if (!ended_) handlers_.control(message);
}

void RoomsLink::Session::end(const std::string& reason) {
    if (ended_) return;
    if (!reason.empty()) tell(tap::Closed{reason});
    ended_ = true;
    handlers_.ended({});
}

// --- the connection ------------------------------------------------------------------------------

void RoomsLink::Session::connect() {
    if (ended_) return;
    WebSocketClient::Handlers handlers;
    handlers.opened = [this] { on_opened(); };
    handlers.message = [this](std::string_view text) { on_text(text); };
    handlers.closed = [this](const std::string& why) { on_lost(why); };
    auto client = make_http_client(config_.tls_ca);
    if (!client) {
        end(client.error().text);
        return;
    }
    socket_ = WebSocketClient::connect(config_.uri, std::move(*client), std::move(handlers));
}

void RoomsLink::Session::on_opened() {
    rooms::JoinRequest request;
    request.room = config_.room;
    request.name = config_.name;
    request.token = config_.token;
    request.participant = config_.participant;
    request.role = config_.role;
    request.resume = resume_;
    request.consent = config_.recording_consent;
    say(rooms::print_join(request));
}

void RoomsLink::Session::on_text(std::string_view text) {
    log::debug("rooms", "{} -> {}", config_.uri, text);
    const auto message = rooms::parse_server_message(text);
    if (!message) {
        log::warning("rooms", "{}: a message that cannot be read: {}", config_.uri,
                     message.error().text);
        return;
    }
    if (*message) std::visit([this](const auto& body) { on(body); }, **message);
}

/// Media may go on flowing: the session is resumed. A server that was never reached, or not again
/// within the timeout, is an error.
void RoomsLink::Session::on_lost(const std::string& why) {
    if (ended_) return;
    const auto now = net::steady_now();
    if (retry_ms_ == 0) lost_at_ = now;
    const auto limit = std::chrono::milliseconds{config_.timeout_ms};
    if (config_.timeout_ms != 0 && now - lost_at_ > limit) {
        end(fmt::format("{} is not to be reached: {}", config_.uri, why));
        return;
    }
    retry_ms_ = std::clamp(retry_ms_ * 2, first_retry_ms, last_retry_ms);
    log::info("rooms", "{}: {}; trying again in {} ms", config_.uri, why, retry_ms_);
    call_after(retry_ms_, &Session::connect);
}

void RoomsLink::Session::call_after(unsigned ms, void (Session::*call)()) {
    struct Later {
        Session* session;
        void (Session::*call)();
    };
    if (timer_) g_source_destroy(timer_.get());
    timer_ = adopt_ptr(g_timeout_source_new(ms));
    g_source_set_callback(
        timer_.get(),
        [](gpointer data) -> gboolean {
            const auto& later = *static_cast<Later*>(data);
            ((*later.session).*later.call)();
            return G_SOURCE_REMOVE;
        },
        new Later{this, call}, [](gpointer data) { delete static_cast<Later*>(data); });
    g_source_attach(timer_.get(), context_);
}

void RoomsLink::Session::leave() {
    if (socket_ && joined_) say(rooms::print_leave());
}

// --- the room ------------------------------------------------------------------------------------

void RoomsLink::Session::on(const rooms::Joined& message) {
    const bool again = std::exchange(joined_, true);
    retry_ms_ = 0;
    resume_ = message.resume;
    std::vector<std::string> refused;
    ice_ = to_ice_uris(message.ice_servers, refused);
    for (const auto& words : refused)
        log::warning("rooms", "{}: {}", config_.uri, words);
    if (!again) {
        tap::Welcome welcome;
        welcome.room = config_.room;
        welcome.wall = wall_;
        welcome.recording = message.recording;
        welcome.consent_required = message.consent_required;
        tell(welcome);
        tell(tap::Joined{{message.participant, config_.name, config_.role}});
    } else {
        tell(tap::RecordingChanged{message.recording, message.consent_required});
    }
    // What has changed meanwhile. A session that was not resumed knows none of our connections.
    std::set<std::string> there;
    for (const auto& track : message.tracks)
        there.insert(track.id);
    std::vector<std::string> gone;
    for (const auto& [id, track] : tracks_) {
        if (!message.resumed || !there.contains(id)) gone.push_back(id);
    }
    for (const auto& id : gone)
        remove_track(id);
    if (!message.resumed) {
        while (!peers_.empty())
            drop_peer(peers_.begin()->first);
    }
    std::set<std::string> people;
    for (const auto& participant : message.participants) {
        people.insert(participant.id);
        const auto [known, is_new] = participants_.emplace(participant.id, participant);
        if (is_new) {
            tell(tap::ParticipantJoined{participant});
        } else if (std::exchange(known->second.consent, participant.consent) !=
                   participant.consent) {
            tell(tap::ConsentChanged{participant.id, participant.consent});
        }
    }
    for (auto at = participants_.begin(); at != participants_.end();) {
        if (people.contains(at->first)) {
            ++at;
            continue;
        }
        tell(tap::ParticipantLeft{at->first, "left"});
        at = participants_.erase(at);
    }
    for (const auto& track : message.tracks)
        add_track(track);
    if (!message.resumed && !publishing_.empty()) publishing_.offer_soon();
}

void RoomsLink::Session::add_track(const room::TrackInfo& track) {
    const auto codec = codec_from_name(track.codec);
    if (!codec || tracks_.contains(track.id)) return;
    tracks_[track.id] = track;
    auto told = track;
    told.layers.clear(); // one of them comes, as it is asked for
    tell(tap::TrackAdded{told, ReceivedTrack::format_of(*codec)});
}

void RoomsLink::Session::remove_track(const std::string& track) {
    if (tracks_.erase(track) == 0) return;
    std::erase_if(streams_, [&](const auto& entry) { return entry.second.track == track; });
    reception_.remove_track(track);
    tell(tap::TrackRemoved{track});
}

void RoomsLink::Session::on(const rooms::TrackPublished& message) {
    add_track(message.track);
}

void RoomsLink::Session::on(const rooms::News& message) {
    if (const auto* joined = std::get_if<tap::ParticipantJoined>(&message.message)) {
        participants_[joined->participant.id] = joined->participant;
    } else if (const auto* left = std::get_if<tap::ParticipantLeft>(&message.message)) {
        participants_.erase(left->participant);
        drop_peer("subscriber/" + left->participant);
    } else if (const auto* answer = std::get_if<tap::ConsentChanged>(&message.message)) {
        const auto known = participants_.find(answer->participant);
        if (known != participants_.end()) known->second.consent = answer->consent;
    } else if (const auto* removed = std::get_if<tap::TrackRemoved>(&message.message)) {
        remove_track(removed->track);
        return;
    }
    tell(message.message);
}

void RoomsLink::Session::on(const rooms::Left& message) {
    if (message.reason == "left") {
        end({});
        return;
    }
    // The server goes down, or has lost us: it may come back.
    log::info("rooms", "{}: {}", config_.uri, message.reason);
    resume_.clear();
}

void RoomsLink::Session::on(const rooms::Refused& message) {
    if (message.code == room::ErrorCode::resume_failed) {
        resume_.clear();
        on_opened();
        return;
    }
    const bool fatal = !joined_ || message.request_id == "join";
    tell(tap::Refused{message.code, message.text, tap::no_stream});
    if (fatal)
        end(fmt::format("the room \"{}\" is not open to us: {}", config_.room, message.text));
}

// --- what is received ----------------------------------------------------------------------------

WebrtcPeer::Config RoomsLink::Session::peer_config(const std::string& connection) const {
    WebrtcPeer::Config config;
    config.name = connection;
    config.ice = ice_;
    config.latency_ms =
        config_.latency_ms > jitter_share_ms ? config_.latency_ms - jitter_share_ms : 0;
    config.timeout_ms = config_.timeout_ms;
    config.loopback = is_loopback(config_.uri);
    return config;
}

void RoomsLink::Session::on(const rooms::Offer& message) {
    drop_peer(message.connection);
    WebrtcPeer::Handlers handlers;
    const auto connection = message.connection;
    handlers.described = [this, connection, revision = message.revision](const std::string& sdp) {
        say(rooms::print_answer(connection, revision, sdp));
    };
    handlers.candidate = [this, connection](const std::string& candidate, unsigned m_line) {
        say(rooms::print_candidate(connection, candidate, m_line));
    };
    handlers.connected = [this, connection] { failures_.erase(connection); };
    handlers.failed = [this, connection](const std::string& why) {
        on_peer_failed(connection, why);
    };
    reception_.listen(connection, handlers);
    auto peer = WebrtcPeer::create(bin_, context_, peer_config(connection), std::move(handlers));
    if (!peer) {
        end(peer.error().text);
        return;
    }
    auto& entry = peers_[connection];
    entry.peer = *peer;
    for (const auto& track : message.tracks)
        entry.tracks[track.mid] = track.track;
    reception_.carry(connection, entry.tracks);
    entry.peer->answer(message.sdp);
}

void RoomsLink::Session::on(const rooms::ConnectionClosed& message) {
    drop_peer(message.connection);
}

void RoomsLink::Session::drop_peer(const std::string& connection) {
    reception_.forget(connection);
    const auto peer = peers_.extract(connection);
    if (peer) peer.mapped().peer->close();
}

void RoomsLink::Session::on_peer_failed(const std::string& connection, const std::string& why) {
    log::warning("rooms", "{}: {}", connection, why);
    if (++failures_[connection] >= most_failures) {
        end(fmt::format("{}: {}", connection, why));
        return;
    }
    // webrtcbin 1.22 cannot restart ICE: another one makes, or takes, the next offer.
    if (connection == publisher_name) {
        publishing_.offer_soon();
        return;
    }
    say(rooms::print_restart_ice(connection));
}

// --- requests ------------------------------------------------------------------------------------

void RoomsLink::Session::on_request(const tap::Up& message) {
    std::visit([this](const auto& body) { on_up(body); }, message);
}

void RoomsLink::Session::on_up(const tap::Subscribe& message) {
    const auto track = tracks_.find(message.track);
    if (track == tracks_.end()) return;
    Stream stream;
    stream.id = message.stream;
    stream.track = message.track;
    stream.layer = message.layer;
    stream.paused = message.paused;
    reception_.add(message.stream, message.track, *codec_from_name(track->second.codec));
    streams_[message.stream] = stream;
    if (!stream.paused) subscribe(stream);
}

void RoomsLink::Session::subscribe(const Stream& stream) {
    say(rooms::print_subscribe(stream.track, stream.layer));
}

void RoomsLink::Session::on_up(const tap::Unsubscribe& message) {
    reception_.remove(message.stream);
    const auto stream = streams_.extract(message.stream);
    if (stream && !stream.mapped().paused) {
        say(rooms::print_unsubscribe(stream.mapped().track));
    }
}

void RoomsLink::Session::on_up(const tap::ChooseLayer& message) {
    const auto stream = streams_.find(message.stream);
    if (stream == streams_.end()) return;
    stream->second.layer = message.layer;
    if (!stream->second.paused) subscribe(stream->second);
}

void RoomsLink::Session::on_up(const tap::Pause& message) {
    const auto stream = streams_.find(message.stream);
    if (stream == streams_.end() || stream->second.paused == message.paused) return;
    stream->second.paused = message.paused;
    if (message.paused) {
        say(rooms::print_unsubscribe(stream->second.track));
    } else {
        subscribe(stream->second);
    }
}

void RoomsLink::Session::on_up(const tap::RequestKeyframe& message) {
    const auto stream = streams_.find(message.stream);
    if (stream == streams_.end()) return;
    for (const auto& [connection, peer] : peers_) {
        for (const auto& [mid, track] : peer.tracks) {
            if (track == stream->second.track) peer.peer->request_keyframe(mid);
        }
    }
}

// --- what is published ---------------------------------------------------------------------------

void RoomsLink::Session::on_up(const tap::Publish& message) {
    publishing_.add(message);
}

void RoomsLink::Session::on_up(const tap::Unpublish& message) {
    publishing_.remove(message.stream);
}

void RoomsLink::Session::on_up(const tap::Mute& message) {
    const auto track = publishing_.mute(message.stream, message.muted);
    if (!track.empty()) say(rooms::print_mute(track, message.muted));
}

void RoomsLink::Session::offer() {
    if (!joined_ || ended_) return;
    if (!publishing_.empty()) {
        publishing_.offer(peer_config(publisher_name));
        return;
    }
    publishing_.drop();
    for (const auto& track : std::exchange(published_, {}))
        say(rooms::print_unpublish(track));
}

void RoomsLink::Session::on(const rooms::Answer& message) {
    published_.clear();
    for (const auto& carried : message.tracks)
        published_.push_back(carried.track);
    failures_.erase(publisher_name);
    publishing_.accept(message.sdp, message.tracks);
}

} // namespace parley::room_elements
