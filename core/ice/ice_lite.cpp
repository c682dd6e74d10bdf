#include "core/ice/ice_lite.hpp"

#include <algorithm>
#include <utility>

namespace parley::ice {

LiteSession::LiteSession(Credentials local, Instant now, LiteConfig config)
    : local_{std::move(local)}, config_{config}, last_check_{now} {}

Bytes LiteSession::refuse(const stun::MessageView& request, int code, std::string_view reason,
                          const Credentials* key, MutBytes buffer) {
    ++counters_.refused;
    stun::MessageBuilder reply{buffer, stun::Class::error, request.method(),
                               request.transaction_id()};
    reply.error(code, reason);
    if (code == 420) reply.unknown_attributes(request.unknown_required());
    // Errors that precede authentication carry no integrity (RFC 8489, section 9.1.3).
    if (key != nullptr) reply.integrity(key->pwd);
    return reply.fingerprint().finish();
}

LiteSession::Outcome LiteSession::handle_request(const stun::MessageView& request, const Flow& flow,
                                                 Instant now, MutBytes buffer) {
    if (request.message_class() != stun::Class::request || request.method() != stun::binding) {
        return {};
    }
    // FINGERPRINT tells STUN from other protocols; a wrong one means that this is not STUN.
    if (request.has_fingerprint() && !request.check_fingerprint()) return {};

    // The order is that of RFC 8489, section 9.1.3.
    if (!request.username() || !request.has_integrity()) {
        return {refuse(request, 400, "Bad Request", nullptr, buffer)};
    }
    const auto ufrag = target_ufrag(request);
    const Credentials* key = nullptr;
    if (ufrag == local_.ufrag) {
        key = &local_;
    } else if (previous_ && ufrag == previous_->ufrag) {
        key = &*previous_;
    }
    if (key == nullptr || !request.check_integrity(key->pwd)) {
        return {refuse(request, 401, "Unauthenticated", nullptr, buffer)};
    }
    if (!request.unknown_required().empty()) {
        return {refuse(request, 420, "Unknown Attribute", key, buffer)};
    }
    if (!request.priority()) return {refuse(request, 400, "Bad Request", key, buffer)};
    // A lite agent is always controlled (RFC 8445, section 6.1.1), so it never gives way.
    if (request.ice_controlled()) return {refuse(request, 487, "Role Conflict", key, buffer)};

    ++counters_.checks;
    Outcome outcome;
    outcome.authenticated = true;
    stun::MessageBuilder reply{buffer, stun::Class::success, stun::binding,
                               request.transaction_id()};
    outcome.reply =
        reply.xor_mapped_address(flow.remote).integrity(key->pwd).fingerprint().finish();
    if (key == &local_) previous_.reset(); // the first check after a restart ends the old ones
    outcome.selected_changed = note_check(request, flow, now);
    return outcome;
}

bool LiteSession::note_check(const stun::MessageView& request, const Flow& flow, Instant now) {
    last_check_ = now;
    ever_checked_ = true;
    auto path = std::ranges::find(paths_, flow, &Path::flow);
    if (path == paths_.end()) {
        if (paths_.size() >= std::max<std::size_t>(config_.max_flows, 2)) {
            // The path in use stays, whatever the peer probes.
            auto oldest = paths_.end();
            for (auto it = paths_.begin(); it != paths_.end(); ++it) {
                if (selected_ == it->flow) continue;
                if (oldest == paths_.end() || it->last_check < oldest->last_check) oldest = it;
            }
            paths_.erase(oldest);
        }
        path = paths_.insert(paths_.end(), {flow, now, 0});
    }
    path->last_check = now;
    path->priority = *request.priority();

    if (request.use_candidate()) {
        // The newest nomination counts: this is how a peer moves to another network. Peers of a
        // lite agent nominate one pair at a time (RFC 8445, section 8.1.1).
        nominated_ = true;
        if (selected_ == flow) return false;
        selected_ = flow;
        return true;
    }
    return !nominated_ && select_best();
}

bool LiteSession::select_best() {
    std::optional<Flow> best;
    if (!paths_.empty()) best = std::ranges::max_element(paths_, {}, &Path::priority)->flow;
    if (best == selected_) return false;
    selected_ = best;
    return true;
}

void LiteSession::restart(Credentials local, Instant now) {
    previous_ = std::exchange(local_, std::move(local));
    last_check_ = std::max(last_check_, now); // the restart gets the whole patience
}

bool LiteSession::remove_flow(const Flow& flow) {
    std::erase_if(paths_, [&](const Path& path) { return path.flow == flow; });
    if (selected_ != flow) return false;
    nominated_ = false;
    select_best();
    return true;
}

bool LiteSession::handle_timeout(Instant now) {
    const auto silent = [&](const Path& path) {
        return now - path.last_check >= config_.silence_timeout;
    };
    std::erase_if(paths_, silent);
    if (!selected_ || is_valid(*selected_)) return false;
    nominated_ = false;
    return select_best();
}

Instant LiteSession::next_deadline() const {
    if (paths_.empty()) {
        return last_check_ + (ever_checked_ ? config_.silence_timeout : config_.connect_timeout);
    }
    return std::ranges::min_element(paths_, {}, &Path::last_check)->last_check +
           config_.silence_timeout;
}

bool LiteSession::expired(Instant now) const {
    return now - last_check_ >= (ever_checked_ ? config_.silence_timeout : config_.connect_timeout);
}

bool LiteSession::is_valid(const Flow& flow) const {
    return std::ranges::find(paths_, flow, &Path::flow) != paths_.end();
}

} // namespace parley::ice
