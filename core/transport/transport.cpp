#include "core/transport/transport.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parley {

namespace {

/// Answers that wait to be polled at most: more means that nobody polls.
constexpr std::size_t max_queued = 64;

// Ranges of the first byte (RFC 7983, section 7).
constexpr bool is_stun(std::uint8_t first) {
    return first <= 3;
}
constexpr bool is_dtls(std::uint8_t first) {
    return first >= 20 && first <= 63;
}
constexpr bool is_srtp(std::uint8_t first) {
    return first >= 128 && first <= 191;
}
/// RTCP packet types, seen as RTP marker and payload type (RFC 5761, section 4).
constexpr bool is_rtcp(std::uint8_t second) {
    return second >= 192 && second <= 223;
}

} // namespace

Transport::Transport(TransportConfig config, Instant now)
    : context_{std::move(config.dtls)}
    , profiles_{std::move(config.profiles)}
    , ice_{std::move(config.local), now, config.ice} {}

Transport::~Transport() = default;

const dtls::Fingerprint& Transport::local_fingerprint() const {
    return context_->fingerprint();
}

void Transport::set_remote(const dtls::Fingerprint& fingerprint, dtls::Role role, Instant now) {
    if (closed_ || fingerprint_) return;
    fingerprint_ = fingerprint;
    // A session that a ClientHello has begun is passive already, whatever the peer says now.
    if (!dtls_) dtls_.emplace(context_, role, profiles_);
    dtls_->set_remote_fingerprint(fingerprint);
    if (ice_.selected()) dtls_->start(now);
    after_dtls();
}

Transport::Received Transport::handle(const Flow& flow, MutBytes datagram, Instant now) {
    if (datagram.empty() || closed_) return {};
    const auto first = datagram[0];
    if (is_srtp(first)) {
        if (!known(flow)) {
            ++counters_.unknown_flow;
            return {};
        }
        return handle_srtp(datagram);
    }
    if (is_stun(first)) return handle_stun(flow, datagram, now);
    if (is_dtls(first)) return handle_dtls(flow, datagram, now);
    ++counters_.malformed;
    return {};
}

bool Transport::known(const Flow& flow) const {
    return ice_.selected() == flow || ice_.is_valid(flow);
}

Transport::Received Transport::handle_stun(const Flow& flow, Bytes datagram, Instant now) {
    const auto message = stun::MessageView::parse(datagram);
    if (!message) {
        ++counters_.malformed;
        return {};
    }
    std::array<std::uint8_t, ice::LiteSession::max_reply_size> buffer;
    const auto outcome = ice_.handle_request(*message, flow, now, buffer);
    queue(flow, outcome.reply);
    if (outcome.selected_changed) note_selected();
    // Active role: the handshake begins as soon as there is a path.
    if (outcome.authenticated && dtls_ && dtls_->state() == dtls::State::idle) {
        dtls_->start(now);
        after_dtls();
    }
    return {.kind = Kind::consumed};
}

Transport::Received Transport::handle_dtls(const Flow& flow, Bytes datagram, Instant now) {
    // Only a path that has been checked may make us work, or answer: so nobody can use a false
    // address to have our flights sent to a third party.
    if (!known(flow)) {
        ++counters_.unknown_flow;
        return {};
    }
    // A ClientHello before the SDP: whoever sends one is active, so that we are passive.
    if (!dtls_) dtls_.emplace(context_, dtls::Role::passive, profiles_);
    dtls_->handle(datagram, now);
    after_dtls();
    return {.kind = Kind::consumed};
}

Transport::Received Transport::handle_srtp(MutBytes datagram) {
    if (!receiver_) {
        ++counters_.not_ready;
        return {};
    }
    if (datagram.size() >= 2 && is_rtcp(datagram[1])) {
        const auto packet = receiver_->unprotect_rtcp(datagram);
        return packet ? Received{.kind = Kind::rtcp, .plaintext = *packet} : Received{};
    }
    const auto packet = receiver_->unprotect_rtp(datagram);
    return packet ? Received{Kind::rtp, packet->plaintext, packet->index} : Received{};
}

void Transport::after_dtls() {
    if (!dtls_) return;
    while (const auto datagram = dtls_->poll_datagram()) {
        if (ice_.selected()) queue(*ice_.selected(), *datagram);
    }
    if (const auto* keys = dtls_->keys()) {
        auto sender = srtp::Sender::create(keys->profile, keys->local);
        auto receiver = srtp::Receiver::create(keys->profile, keys->remote);
        const auto profile = keys->profile;
        dtls_->forget_keys();
        if (!sender || !receiver) {
            finish(CloseReason::dtls_failed, "the SRTP contexts cannot be made");
            return;
        }
        sender_ = std::move(*sender);
        receiver_ = std::move(*receiver);
        profiles_ = {};
        push(Connected{profile});
    }
    if (dtls_->state() == dtls::State::failed) {
        finish(CloseReason::dtls_failed, dtls_->failure());
    } else if (dtls_->state() == dtls::State::closed) {
        finish(CloseReason::dtls_closed, "the peer said goodbye");
    }
}

void Transport::handle_timeout(Instant now) {
    if (closed_) return;
    if (ice_.handle_timeout(now)) note_selected();
    if (ice_.expired(now)) {
        const bool ever = ice_.counters().checks != 0;
        finish(ever ? CloseReason::consent_expired : CloseReason::never_connected,
               ever ? "the peer fell silent" : "no check ever came in");
        return;
    }
    if (dtls_) {
        dtls_->handle_timeout(now);
        after_dtls();
    }
}

std::optional<Instant> Transport::next_deadline() const {
    if (closed_) return {};
    auto deadline = ice_.next_deadline();
    if (dtls_) {
        if (const auto own = dtls_->next_deadline()) deadline = std::min(deadline, *own);
    }
    return deadline;
}

void Transport::queue(const Flow& flow, Bytes bytes) {
    if (bytes.empty() || outgoing_.size() - outgoing_read_ >= max_queued) return;
    outgoing_.push_back({flow, {bytes.begin(), bytes.end()}});
}

std::optional<Transport::Outgoing> Transport::poll_datagram() {
    if (outgoing_read_ == outgoing_.size()) {
        outgoing_.clear();
        outgoing_read_ = 0;
        return {};
    }
    const auto& next = outgoing_[outgoing_read_++];
    return Outgoing{next.flow, next.bytes};
}

void Transport::push(Event event) {
    events_.push_back(std::move(event));
}

std::optional<Transport::Event> Transport::poll_event() {
    if (events_read_ == events_.size()) {
        events_.clear();
        events_read_ = 0;
        return {};
    }
    return events_[events_read_++];
}

void Transport::note_selected() {
    if (ice_.selected()) push(FlowChanged{*ice_.selected()});
}

void Transport::flow_closed(const Flow& flow) {
    if (ice_.remove_flow(flow)) note_selected();
}

void Transport::restart_ice(ice::Credentials local, Instant now) {
    if (!closed_) ice_.restart(std::move(local), now);
}

void Transport::close() {
    if (closed_) return;
    if (dtls_) {
        dtls_->close();
        while (const auto datagram = dtls_->poll_datagram()) {
            if (ice_.selected()) queue(*ice_.selected(), *datagram);
        }
    }
    finish(CloseReason::closed, "closed by this side");
}

void Transport::finish(CloseReason reason, std::string_view detail) {
    if (closed_) return;
    closed_ = true;
    sender_.reset();
    receiver_.reset();
    log::debug("transport", "closed: {}", detail);
    push(Closed{reason, detail});
}

} // namespace parley
