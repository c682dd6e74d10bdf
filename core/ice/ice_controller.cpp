#include "core/ice/ice_controller.hpp"

#include "core/base/random.hpp"

#include <utility>

namespace parley::ice {

Controller::Controller(Credentials local, Credentials remote, ControllerConfig config)
    : local_{std::move(local)}
    , remote_{std::move(remote)}
    , config_{config}
    , tie_breaker_{random_u64()} {}

void Controller::start(Instant now) {
    state_ = State::checking;
    last_answer_ = now;
    begin_transaction(now);
}

void Controller::restart(Credentials local, Credentials remote, Instant now) {
    local_ = std::move(local);
    remote_ = std::move(remote);
    begin_transaction(now);
}

void Controller::begin_transaction(Instant now) {
    fill_random(transaction_);
    in_transaction_ = true;
    to_send_ = true;
    transmissions_ = 1;
    next_ = now + config_.initial_timeout;
}

void Controller::handle_response(const stun::MessageView& response, Instant now) {
    if (!in_transaction_ || response.method() != stun::binding ||
        response.transaction_id() != transaction_) {
        return;
    }
    if (response.message_class() == stun::Class::error) {
        // Before authentication an error has no integrity: noted for whoever debugs, not believed.
        last_error_ = response.error_code() ? response.error_code()->code : 0;
        return;
    }
    if (response.message_class() != stun::Class::success ||
        !response.check_integrity(remote_.pwd)) {
        return;
    }
    mapped_ = response.xor_mapped_address();
    in_transaction_ = false;
    to_send_ = false;
    state_ = State::connected;
    last_answer_ = now;
    next_ = now + config_.keepalive;
}

void Controller::handle_timeout(Instant now) {
    if (state_ == State::idle || state_ == State::failed) return;
    if (state_ == State::connected && now - last_answer_ >= config_.consent_timeout) {
        state_ = State::failed;
        return;
    }
    if (now < next_) return;
    if (!in_transaction_) {
        begin_transaction(now);
    } else if (transmissions_ < config_.max_transmissions) {
        next_ = now + config_.initial_timeout * (1 << transmissions_);
        ++transmissions_;
        to_send_ = true;
    } else if (state_ == State::checking) {
        state_ = State::failed;
    } else {
        begin_transaction(now); // consent lives on until its own timeout
    }
}

std::optional<Instant> Controller::next_deadline() const {
    if (state_ == State::idle || state_ == State::failed) return {};
    if (state_ == State::connected) return std::min(next_, last_answer_ + config_.consent_timeout);
    return next_;
}

std::optional<Bytes> Controller::poll_datagram() {
    if (!std::exchange(to_send_, false)) return {};
    stun::MessageBuilder request{buffer_, stun::Class::request, stun::binding, transaction_};
    return request.username(remote_.ufrag + ':' + local_.ufrag)
        .priority(config_.priority)
        .ice_controlling(tie_breaker_)
        .use_candidate()
        .integrity(remote_.pwd)
        .fingerprint()
        .finish();
}

} // namespace parley::ice
