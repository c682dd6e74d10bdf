#include "elements/signaling/http_session.hpp"

#include "core/base/random.hpp"
#include "elements/common/steady_time.hpp"

#include <fmt/format.h>

#include <array>

namespace parley::signaling {
namespace {

// The room answers within milliseconds; a client is not kept waiting for one that does not.
constexpr guint answer_limit_s = 10;
constexpr const char* retry_after_s = "2";

std::string new_etag() {
    return '"' + random_token(16) + '"';
}

/// Value of the first such line of an SDP; empty where there is none.
std::string first_line_value(std::string_view sdp, std::string_view prefix) {
    std::size_t at = 0;
    while (at < sdp.size()) {
        auto end = sdp.find('\n', at);
        if (end == std::string_view::npos) end = sdp.size();
        auto line = sdp.substr(at, end - at);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.substr(0, prefix.size()) == prefix) return std::string{line.substr(prefix.size())};
        at = end + 1;
    }
    return {};
}

} // namespace

unsigned http_status_of(room::ErrorCode code) {
    using room::ErrorCode;
    switch (code) {
    case ErrorCode::unauthorized:
        return SOUP_STATUS_UNAUTHORIZED;
    case ErrorCode::forbidden:
        return SOUP_STATUS_FORBIDDEN;
    case ErrorCode::name_taken:
        return SOUP_STATUS_CONFLICT;
    case ErrorCode::unknown_participant:
    case ErrorCode::unknown_track:
    case ErrorCode::unknown_connection:
        return SOUP_STATUS_NOT_FOUND;
    case ErrorCode::track_unsupported:
        return SOUP_STATUS_UNPROCESSABLE_ENTITY;
    case ErrorCode::rate_limited:
        return 429;
    case ErrorCode::too_large:
        return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
    case ErrorCode::room_full:
    case ErrorCode::too_many_rooms:
    case ErrorCode::server_draining:
        return SOUP_STATUS_SERVICE_UNAVAILABLE;
    case ErrorCode::internal:
        return SOUP_STATUS_INTERNAL_SERVER_ERROR;
    case ErrorCode::bad_request:
    case ErrorCode::bad_sdp:
    case ErrorCode::not_joined:
    case ErrorCode::already_joined:
    case ErrorCode::resume_failed:
        return SOUP_STATUS_BAD_REQUEST;
    }
    return SOUP_STATUS_INTERNAL_SERVER_ERROR;
}

void add_cors_headers(HttpExchange& exchange) {
    exchange.add_header("Access-Control-Allow-Origin", "*")
        .add_header("Access-Control-Expose-Headers",
                    "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After");
}

std::shared_ptr<HttpSession> HttpSession::start(ClientHub& hub, Start start, HttpExchange exchange,
                                                std::function<void()> ended) {
    std::shared_ptr<HttpSession> session{new HttpSession{hub, std::move(start), std::move(ended)}};
    session->id_ = hub.add(session);
    session->begin(std::move(exchange));
    return session;
}

HttpSession::HttpSession(ClientHub& hub, Start start, std::function<void()> ended)
    : hub_{hub}
    , start_{std::move(start)}
    , ended_{std::move(ended)}
    , etag_{new_etag()}
    , remote_ufrag_{first_line_value(start_.offer, "a=ice-ufrag:")}
    , mid_{first_line_value(start_.offer, "a=mid:")} {}

HttpSession::~HttpSession() {
    if (timer_) g_source_destroy(timer_.get());
}

void HttpSession::begin(HttpExchange exchange) {
    const bool publishes = start_.kind == Kind::publisher;
    if (!post(std::move(start_.join))) {
        exchange.add_header("Retry-After", retry_after_s);
        exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "there is no media server yet");
        end();
        return;
    }
    post(room::Offer{publishes ? "publisher" : "viewer", std::move(start_.offer), {}});
    wait(std::move(exchange));
}

void HttpSession::on_event(room::Event event) {
    if (const auto* joined = std::get_if<room::Joined>(&event.body)) {
        participant_ = joined->self.id;
    } else if (const auto* answer = std::get_if<room::AnswerEvent>(&event.body)) {
        on_answer(*answer);
    } else if (const auto* restarted = std::get_if<room::IceRestarted>(&event.body)) {
        on_restarted(*restarted);
    } else if (const auto* error = std::get_if<room::ErrorEvent>(&event.body)) {
        on_error(*error);
    } else if (std::holds_alternative<room::Closed>(event.body)) {
        if (auto exchange = stop_waiting()) {
            exchange->problem(SOUP_STATUS_NOT_FOUND, "the session has ended");
        }
        end();
    }
    // What else happens in the room is not told by HTTP.
}

void HttpSession::on_answer(const room::AnswerEvent& answer) {
    auto exchange = stop_waiting();
    if (!exchange) return;
    established_ = true;
    exchange->add_header("Location", "/sessions/" + start_.id)
        .add_header("ETag", etag_)
        .add_header("Accept-Patch", "application/trickle-ice-sdpfrag");
    for (const auto& link :
         to_links(ice_servers_for(hub_.config().ice, participant_, wall_seconds()))) {
        exchange->add_header("Link", link);
    }
    exchange->reply(SOUP_STATUS_CREATED, "application/sdp", answer.sdp);
}

void HttpSession::on_error(const room::ErrorEvent& error) {
    auto exchange = stop_waiting();
    if (exchange) {
        const auto status = http_status_of(error.code);
        if (status == SOUP_STATUS_SERVICE_UNAVAILABLE) {
            exchange->add_header("Retry-After", retry_after_s);
        }
        exchange->problem(status, error.text);
    }
    restart_ufrag_.clear();
    if (!established_) leave();
}

void HttpSession::on_draining() {
    if (auto exchange = stop_waiting()) {
        exchange->add_header("Retry-After", retry_after_s);
        exchange->problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "the server is going down");
    }
    leave();
}

void HttpSession::on_timeout() {
    if (auto exchange = stop_waiting()) {
        exchange->problem(SOUP_STATUS_GATEWAY_TIMEOUT, "the media server has not answered");
    }
    if (!established_) leave();
}

void HttpSession::patch(HttpExchange& exchange) {
    const auto condition = exchange.header("If-Match");
    if (condition.empty()) {
        exchange.problem(428, "If-Match is needed: the ETag, or * to restart ICE");
        return;
    }
    if (condition != "*" && condition != etag_) {
        exchange.problem(SOUP_STATUS_PRECONDITION_FAILED,
                         "If-Match is not the ETag of this session's current ICE session");
        return;
    }
    const auto fragment = sdp::parse_trickle_fragment(exchange.body());
    if (!fragment) {
        exchange.problem(SOUP_STATUS_BAD_REQUEST, fragment.error().text);
        return;
    }
    const bool new_credentials =
        !fragment->ice_ufrag.empty() && fragment->ice_ufrag != remote_ufrag_;
    if (new_credentials) {
        restart(exchange, *fragment);
        return;
    }
    add_candidates(*fragment);
    exchange.reply_empty(SOUP_STATUS_NO_CONTENT);
}

void HttpSession::restart(HttpExchange& exchange, const sdp::TrickleFragment& fragment) {
    if (fragment.ice_pwd.empty()) {
        exchange.problem(SOUP_STATUS_BAD_REQUEST, "new ICE credentials need a=ice-pwd too");
        return;
    }
    if (waiting_) {
        exchange.problem(SOUP_STATUS_CONFLICT, "an ICE restart is under way");
        return;
    }
    restart_ufrag_ = fragment.ice_ufrag;
    if (!post(room::RestartIceFragment{fragment.ice_ufrag, fragment.ice_pwd})) {
        exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "there is no media server");
        return;
    }
    add_candidates(fragment);
    wait(exchange);
}

void HttpSession::on_restarted(const room::IceRestarted& restarted) {
    auto exchange = stop_waiting();
    if (!exchange) return;
    remote_ufrag_ = std::exchange(restart_ufrag_, {});
    etag_ = new_etag();
    sdp::TrickleFragment fragment;
    fragment.ice_ufrag = restarted.ufrag;
    fragment.ice_pwd = restarted.pwd;
    fragment.ice_lite = true;
    sdp::TrickleFragment::Section section;
    section.mid = mid_;
    section.end_of_candidates = true;
    for (const auto& text : restarted.candidates) {
        if (auto candidate = sdp::parse_candidate(text)) {
            section.candidates.push_back(std::move(*candidate));
        }
    }
    fragment.sections.push_back(std::move(section));
    exchange->add_header("ETag", etag_);
    exchange->reply(SOUP_STATUS_OK, "application/trickle-ice-sdpfrag", sdp::to_string(fragment));
}

void HttpSession::add_candidates(const sdp::TrickleFragment& fragment) {
    const std::string connection = start_.kind == Kind::publisher ? "publisher" : "viewer";
    bool ended = fragment.end_of_candidates;
    for (const auto& section : fragment.sections) {
        for (const auto& candidate : section.candidates) {
            post(room::AddCandidate{connection, {sdp::to_string(candidate), section.mid}});
        }
        ended = ended || section.end_of_candidates;
    }
    if (ended) post(room::AddCandidate{connection, {}});
}

bool HttpSession::post(room::CommandBody body) {
    return hub_.media().post({id_, start_.room, {}, std::move(body)});
}

void HttpSession::wait(HttpExchange exchange) {
    exchange.defer();
    waiting_ = std::move(exchange);
    timer_ = adopt_ptr(g_timeout_source_new_seconds(answer_limit_s));
    const GSourceFunc on_limit = [](gpointer self) -> gboolean {
        const auto kept = static_cast<HttpSession*>(self)->shared_from_this();
        kept->on_timeout();
        return G_SOURCE_REMOVE;
    };
    g_source_set_callback(timer_.get(), on_limit, this, nullptr);
    g_source_attach(timer_.get(), g_main_context_get_thread_default());
}

std::optional<HttpExchange> HttpSession::stop_waiting() {
    if (timer_) g_source_destroy(timer_.get());
    timer_.reset();
    auto waiting = std::move(waiting_);
    waiting_.reset();
    return waiting;
}

void HttpSession::leave() {
    post(room::Leave{"left"});
    end();
}

void HttpSession::end() {
    const auto kept = shared_from_this();
    hub_.remove(id_);
    if (auto ended = std::exchange(ended_, nullptr)) ended();
}

} // namespace parley::signaling
