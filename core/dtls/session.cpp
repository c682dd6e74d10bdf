#include "core/dtls/session.hpp"

#include "core/base/log.hpp"
#include "core/dtls/alert_channel.hpp"
#include "core/dtls/handshake.hpp"
#include "core/dtls/record.hpp"

#include <algorithm>
#include <utility>

namespace parley::dtls {

namespace {

/// How often a last flight is repeated for a peer that seems to have missed it. Bounded, because
/// the record that asks for it is not authenticated.
constexpr int max_replays = 16;

bool begins_handshake(Bytes datagram) {
    const auto record = take_record(datagram);
    return record && record->type == content::handshake && record->epoch() == 0;
}

} // namespace

Session::Session(std::shared_ptr<const Context> context, Role role,
                 std::span<const srtp::Profile> profiles)
    : context_{std::move(context)}, profiles_{profiles.begin(), profiles.end()}, role_{role} {}

Session::~Session() = default;

void Session::set_remote_fingerprint(const Fingerprint& fingerprint) {
    if (fingerprint_) return;
    fingerprint_ = fingerprint;
    if (handshake_) handshake_->set_fingerprint(fingerprint);
    if (state_ == State::unverified) verify_peer();
}

void Session::start(Instant now) {
    if (role_ != Role::active || state_ != State::idle) return;
    begin(now);
    run_handshake({}, now);
}

void Session::begin(Instant now) {
    handshake_ =
        std::make_unique<Handshake>(*context_, role_ == Role::active, profiles_, fingerprint_);
    state_ = State::handshake;
    started_ = now;
    retransmit_at_.reset();
}

void Session::handle(Bytes datagram, Instant now) {
    switch (state_) {
    case State::idle:
        if (role_ != Role::passive || !begins_handshake(datagram)) return;
        begin(now);
        run_handshake(datagram, now);
        return;
    case State::handshake:
        run_handshake(datagram, now);
        return;
    case State::unverified:
    case State::connected:
        handle_records(datagram);
        return;
    case State::closed:
    case State::failed:
        return;
    }
}

void Session::run_handshake(std::optional<Bytes> datagram, Instant now) {
    const auto progress = handshake_->run(datagram);
    auto sent = std::exchange(handshake_->outgoing(), {});
    outgoing_.insert(outgoing_.end(), sent.begin(), sent.end());
    if (!sent.empty()) {
        // A flight of ours means that the peer's was complete (RFC 6347, section 4.2.4).
        flight_ = std::move(sent);
        timeout_ = initial_timeout;
        retransmit_at_ = now + timeout_;
    }
    if (progress == Handshake::Progress::failed) {
        fail(handshake_->failure());
    } else if (progress == Handshake::Progress::done) {
        finish_handshake();
    }
}

void Session::finish_handshake() {
    const auto record_keys = handshake_->record_keys();
    keys_ = handshake_->export_keys();
    peer_certificate_ = handshake_->peer_certificate();
    if (!keys_) return fail("no common SRTP profile");
    if (!record_keys) return fail("the record keys cannot be derived");
    alerts_ = std::make_unique<AlertChannel>(*record_keys);
    handshake_.reset();
    profiles_ = {};
    retransmit_at_.reset();
    if (role_ == Role::passive) {
        // Ours was the last flight. The peer repeats its own until it has seen it, and then gets
        // the same bytes again.
        replays_left_ = max_replays;
    } else {
        flight_ = {};
    }
    state_ = State::unverified;
    if (fingerprint_) verify_peer();
}

void Session::verify_peer() {
    if (!fingerprint_->matches(std::exchange(peer_certificate_, {}))) {
        fail("the certificate does not have the fingerprint of the SDP");
        return;
    }
    state_ = State::connected;
}

void Session::handle_records(Bytes datagram) {
    while (const auto record = take_record(datagram)) {
        if (record->epoch() != 1) continue;
        if (record->type == content::handshake && replays_left_ > 0) {
            --replays_left_;
            outgoing_.insert(outgoing_.end(), flight_.begin(), flight_.end());
        } else if (record->type == content::alert) {
            const auto alert = alerts_->open(*record);
            if (!alert) continue;
            if (alert->description == Alert::close_notify || alert->level == Alert::fatal) {
                if (alert->description == Alert::close_notify) close();
                state_ = State::closed;
                return;
            }
        }
    }
}

void Session::handle_timeout(Instant now) {
    if (state_ != State::handshake && state_ != State::unverified) return;
    if (now - started_ >= handshake_timeout) {
        fail(state_ == State::handshake ? "handshake timed out" : "no fingerprint in time");
        return;
    }
    if (!retransmit_at_ || now < *retransmit_at_) return;
    // The very same datagrams: to the peer they are duplicates of what the network lost.
    outgoing_.insert(outgoing_.end(), flight_.begin(), flight_.end());
    timeout_ = std::min(timeout_ * 2, max_timeout);
    retransmit_at_ = now + timeout_;
}

std::optional<Instant> Session::next_deadline() const {
    if (state_ != State::handshake && state_ != State::unverified) return {};
    const auto end = started_ + handshake_timeout;
    return retransmit_at_ ? std::min(*retransmit_at_, end) : end;
}

std::optional<Bytes> Session::poll_datagram() {
    if (outgoing_read_ == outgoing_.size()) {
        outgoing_ = {};
        outgoing_read_ = 0;
        return {};
    }
    return outgoing_[outgoing_read_++];
}

void Session::close() {
    if (state_ == State::connected || state_ == State::unverified) {
        if (auto record = alerts_->seal({Alert::warning, Alert::close_notify}); !record.empty()) {
            outgoing_.push_back(std::move(record));
        }
    }
    if (state_ != State::failed) state_ = State::closed;
    handshake_.reset();
    retransmit_at_.reset();
    keys_.reset();
}

void Session::fail(const char* why) {
    log::info("dtls", "handshake failed: {}", why);
    // Past the handshake the peer believes itself connected: it is told.
    if (alerts_) {
        constexpr std::uint8_t bad_certificate = 42;
        if (auto record = alerts_->seal({Alert::fatal, bad_certificate}); !record.empty()) {
            outgoing_.push_back(std::move(record));
        }
    }
    failure_ = why;
    state_ = State::failed;
    handshake_.reset();
    retransmit_at_.reset();
    keys_.reset();
}

const srtp::KeyingMaterial* Session::keys() const {
    return state_ == State::connected ? keys_.get() : nullptr;
}

} // namespace parley::dtls
