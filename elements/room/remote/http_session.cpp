#include "elements/room/remote/http_session.hpp"

#include "core/base/log.hpp"
#include "core/sdp/session_description.hpp"
#include "elements/common/json.hpp"
#include "elements/room/remote/http_client.hpp"
#include "elements/room/remote/rooms_session.hpp"
#include "net/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace parley::room_elements {

namespace {

constexpr unsigned first_retry_ms = 500;
constexpr unsigned last_retry_ms = 8000;
constexpr unsigned jitter_share_ms = 50;
constexpr std::size_t longest_words = 200;

/// What the server says of a refusal: the detail of its problem+json, or its text.
std::string words_of(SoupMessage* message, GBytes* body) {
    const auto status = soup_message_get_status(message);
    auto words = fmt::format("HTTP {} {}", static_cast<int>(status),
                             soup_status_get_phrase(static_cast<guint>(status)));
    gsize size = 0;
    const auto* const text =
        body != nullptr ? static_cast<const char*>(g_bytes_get_data(body, &size)) : nullptr;
    if (text == nullptr || size == 0) return words;
    const std::string_view view{text, size};
    if (const auto document = json::Document::parse_object(view)) {
        const auto detail = document->root().text_or("detail", "");
        if (detail && !detail->empty()) words += ": " + *detail;
    } else if (g_utf8_validate(text, static_cast<gssize>(size), nullptr)) {
        words += ": " + json::cut(std::string{view}, longest_words);
    }
    return words;
}

/// Whether another try may help.
bool may_pass(guint status) {
    constexpr guint conflict = 409; // WHEP: nobody publishes yet
    constexpr guint too_many = 429;
    return status == 0 || status == conflict || status == too_many || status >= 500;
}

} // namespace

HttpLink::Session::Session(GstBin* bin, RemoteConfig config, Direction direction, Handlers handlers,
                           SenderTable& senders, GMainContext* context)
    : bin_{bin}
    , config_{std::move(config)}
    , direction_{direction}
    , handlers_{std::move(handlers)}
    , context_{context}
    , wall_{senders.wall()}
    , cancellable_{adopt_ptr(g_cancellable_new())}
    , trying_since_{net::steady_now()}
    , reception_{context, wall_, handlers_}
    , publishing_{bin, context, senders, publishing_handlers()} {}

Publishing::Handlers HttpLink::Session::publishing_handlers() {
    Publishing::Handlers handlers;
    handlers.offered = [this](const std::string& sdp, const std::vector<rooms::PublishedSource>&) {
        post(sdp);
    };
    handlers.tell = [this](const tap::Down& message) { tell(message); };
    handlers.changed = [this] { offer(); };
    handlers.failed = [this](const std::string& why) { on_failed(why); };
    return handlers;
}

HttpLink::Session::~Session() {
    if (timer_) g_source_destroy(timer_.get());
    g_cancellable_cancel(cancellable_.get());
    publishing_.drop();
    if (peer_) peer_->close();
}

void HttpLink::Session::tell(const tap::Down& message) {
    if (!ended_) handlers_.control(message);
}

void HttpLink::Session::end(const std::string& reason) {
    if (ended_) return;
    if (!reason.empty()) tell(tap::Closed{reason});
    ended_ = true;
    handlers_.ended({});
}

void HttpLink::Session::begin() {
    auto client = make_http_client(config_.tls_ca);
    if (!client) {
        end(client.error().text);
        return;
    }
    http_ = std::move(*client);
    tap::Welcome welcome;
    welcome.room = config_.room;
    welcome.wall = wall_;
    tell(welcome);
    tell(tap::Joined{{config_.participant, config_.name, config_.role}});
    if (direction_ == Direction::receive) receive();
}

WebrtcPeer::Config HttpLink::Session::peer_config() const {
    WebrtcPeer::Config config;
    config.name = config_.uri;
    config.latency_ms =
        config_.latency_ms > jitter_share_ms ? config_.latency_ms - jitter_share_ms : 0;
    config.timeout_ms = config_.timeout_ms;
    config.loopback = is_loopback(config_.uri);
    config.whole = true;
    return config;
}

// --- offer and answer ----------------------------------------------------------------------------

void HttpLink::Session::receive() {
    if (ended_) return;
    WebrtcPeer::Handlers handlers;
    handlers.described = [this](const std::string& sdp) { post(sdp); };
    handlers.connected = [this] {
        was_connected_ = true;
        retry_ms_ = 0;
    };
    handlers.failed = [this](const std::string& why) { on_failed(why); };
    reception_.listen(config_.uri, handlers);
    auto peer = WebrtcPeer::create(bin_, context_, peer_config(), std::move(handlers));
    if (!peer) {
        end(peer.error().text);
        return;
    }
    peer_ = *peer;
    peer_->add_receiver(MediaKind::audio);
    peer_->add_receiver(MediaKind::video);
    peer_->offer();
}

void HttpLink::Session::offer() {
    if (ended_) return;
    remove_session();
    publishing_.drop();
    if (!publishing_.empty()) publishing_.offer(peer_config());
}

void HttpLink::Session::post(const std::string& sdp) {
    const auto message = adopt_ptr(soup_message_new("POST", config_.uri.c_str()));
    if (!message) {
        end(fmt::format("\"{}\" is no address", config_.uri));
        return;
    }
    const auto body = adopt_ptr(g_bytes_new(sdp.data(), sdp.size()));
    soup_message_set_request_body_from_bytes(message.get(), "application/sdp", body.get());
    auto* const headers = soup_message_get_request_headers(message.get());
    soup_message_headers_append(headers, "Accept", "application/sdp");
    if (!config_.token.empty()) {
        soup_message_headers_append(headers, "Authorization", ("Bearer " + config_.token).c_str());
    }
    posted_ = message;
    soup_session_send_and_read_async(
        http_.get(), message.get(), G_PRIORITY_DEFAULT, cancellable_.get(),
        [](GObject*, GAsyncResult* result, gpointer self) {
            if (g_task_had_error(G_TASK(result)) != FALSE &&
                g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))) != FALSE) {
                return; // the session is gone
            }
            static_cast<Session*>(self)->on_answer(result);
        },
        this);
}

void HttpLink::Session::on_answer(GAsyncResult* result) {
    GErrorOut error;
    const auto body = adopt_ptr(soup_session_send_and_read_finish(http_.get(), result, error));
    const auto message = std::exchange(posted_, nullptr);
    const auto status = static_cast<guint>(soup_message_get_status(message.get()));
    if (!body || status != SOUP_STATUS_CREATED) {
        const std::string why = body ? words_of(message.get(), body.get()) : error.message();
        if (may_pass(body ? status : 0)) {
            on_failed(why);
        } else {
            end(fmt::format("{} refuses: {}", config_.uri, why));
        }
        return;
    }
    const auto* const location =
        soup_message_headers_get_one(soup_message_get_response_headers(message.get()), "Location");
    if (location != nullptr) {
        GErrorOut ignored;
        const auto resolved = adopt_ptr(g_uri_parse_relative(soup_message_get_uri(message.get()),
                                                             location, G_URI_FLAGS_NONE, ignored));
        if (resolved) session_uri_ = GStringPtr{g_uri_to_string(resolved.get())}.get();
    }
    gsize size = 0;
    const auto* const text = static_cast<const char*>(g_bytes_get_data(body.get(), &size));
    accept(std::string{text != nullptr ? text : "", size});
}

void HttpLink::Session::accept(const std::string& sdp) {
    if (direction_ == Direction::publish) {
        publishing_.accept(sdp, {});
        return;
    }
    if (!peer_) return;
    add_tracks(sdp);
    peer_->accept(sdp);
}

/// What the answer sends: one audio and one video track of one participant.
void HttpLink::Session::add_tracks(const std::string& sdp) {
    const auto parsed = sdp::parse(sdp);
    if (!parsed) return; // the peer says so
    const auto& participant = config_.participant;
    std::map<std::string, std::string> before;
    before.swap(tracks_);
    if (before.empty()) {
        tell(tap::ParticipantJoined{{participant, config_.name, room::Role::participant}});
    }
    for (const auto& media : parsed->media) {
        if (media.rejected() || !media.rtp() || media.payload_types.empty()) continue;
        const auto codec = codec_from_name(media.payload_types.front().codec);
        if (!codec) continue;
        const bool audio = media.kind == sdp::SectionKind::audio;
        room::TrackInfo track;
        track.id = participant + (audio ? "/microphone" : "/camera");
        track.participant = participant;
        track.kind = audio ? MediaKind::audio : MediaKind::video;
        track.source = audio ? room::TrackSource::microphone : room::TrackSource::camera;
        track.codec = codec_name(*codec);
        tracks_[media.mid] = track.id;
        const auto known = codecs_.find(track.id);
        if (known != codecs_.end() && known->second == *codec) continue;
        if (known != codecs_.end()) {
            reception_.remove_track(track.id);
            tell(tap::TrackRemoved{track.id});
        }
        codecs_[track.id] = *codec;
        tell(tap::TrackAdded{track, ReceivedTrack::format_of(*codec)});
    }
    reception_.carry(config_.uri, tracks_);
}

void HttpLink::Session::on_failed(const std::string& why) {
    if (ended_) return;
    reception_.forget(config_.uri);
    if (peer_) std::exchange(peer_, nullptr)->close();
    publishing_.drop();
    remove_session();
    const auto now = net::steady_now();
    if (std::exchange(was_connected_, false)) trying_since_ = now;
    const auto limit = std::chrono::milliseconds{config_.timeout_ms};
    if (config_.timeout_ms != 0 && now - trying_since_ > limit) {
        end(fmt::format("{}: {}", config_.uri, why));
        return;
    }
    retry_ms_ = std::clamp(retry_ms_ * 2, first_retry_ms, last_retry_ms);
    log::info("http", "{}: {}; trying again in {} ms", config_.uri, why, retry_ms_);
    call_after(retry_ms_, direction_ == Direction::receive ? &Session::receive : &Session::offer);
}

void HttpLink::Session::call_after(unsigned ms, void (Session::*call)()) {
    struct Later {
        Session* session;
        void (Session::*call)();
    };
    if (timer_) g_source_destroy(timer_.get());
    timer_ = adopt_ptr(g_timeout_source_new(ms));
    g_source_set_callback(
        timer_.get(),
        [](gpointer data) -> gboolean {
            const auto later = *static_cast<Later*>(data);
            ((*later.session).*later.call)();
            return G_SOURCE_REMOVE;
        },
        new Later{this, call}, [](gpointer data) { delete static_cast<Later*>(data); });
    g_source_attach(timer_.get(), context_);
}

void HttpLink::Session::remove_session() {
    if (session_uri_.empty()) return;
    const auto message = adopt_ptr(soup_message_new("DELETE", session_uri_.c_str()));
    session_uri_.clear();
    if (!message) return;
    if (!config_.token.empty()) {
        soup_message_headers_append(soup_message_get_request_headers(message.get()),
                                    "Authorization", ("Bearer " + config_.token).c_str());
    }
    soup_session_send_and_read_async(http_.get(), message.get(), G_PRIORITY_DEFAULT, nullptr,
                                     nullptr, nullptr);
}

void HttpLink::Session::leave() {
    remove_session();
}

// --- requests ------------------------------------------------------------------------------------

void HttpLink::Session::on_request(const tap::Up& message) {
    std::visit([this](const auto& body) { on_up(body); }, message);
}

void HttpLink::Session::on_up(const tap::Subscribe& message) {
    const auto codec = codecs_.find(message.track);
    if (codec == codecs_.end()) return;
    reception_.add(message.stream, message.track, codec->second);
    for (const auto& [mid, track] : tracks_) {
        if (track == message.track) subscribed_[message.stream] = mid;
    }
}

void HttpLink::Session::on_up(const tap::Unsubscribe& message) {
    reception_.remove(message.stream);
    subscribed_.erase(message.stream);
}

void HttpLink::Session::on_up(const tap::RequestKeyframe& message) {
    const auto mid = subscribed_.find(message.stream);
    if (mid != subscribed_.end() && peer_) peer_->request_keyframe(mid->second);
}

void HttpLink::Session::on_up(const tap::Publish& message) {
    publishing_.add(message);
}

void HttpLink::Session::on_up(const tap::Unpublish& message) {
    publishing_.remove(message.stream);
}

void HttpLink::Session::on_up(const tap::Mute& message) {
    publishing_.mute(message.stream, message.muted);
}

} // namespace parley::room_elements
