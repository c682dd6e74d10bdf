// The ICE-lite side of one session (RFC 8445): answers checks, follows the peer's nomination, and
// notices a peer that fell silent. A lite agent sends no checks, so it needs no remote credentials.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/endpoint.hpp"
#include "core/base/time.hpp"
#include "core/ice/credentials.hpp"
#include "core/stun/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::ice {

struct LiteConfig {
    /// No authenticated check for this long: the peer is gone. The peer checks its consent at most
    /// 6 s apart (RFC 7675, section 5.1), which keeps ours as well.
    Duration silence_timeout = 30s;
    /// How long to wait for the first check. RFC 8863: patience of at least 39.5 s.
    Duration connect_timeout = 40s;
    /// Paths remembered at once; the longest silent one makes room.
    std::size_t max_flows = 16;
};

class LiteSession {
  public:
    /// What became of one request.
    struct Outcome {
        Bytes reply;                ///< to send back on the same flow; empty: nothing to say
        bool authenticated = false; ///< the flow may be used from now on
        bool selected_changed = false;
    };

    struct Counters {
        std::uint64_t checks = 0; ///< authenticated binding requests
        std::uint64_t refused = 0;
    };

    /// Large enough for every reply.
    static constexpr std::size_t max_reply_size = 256;

    LiteSession(Credentials local, Instant now, LiteConfig config = {});

    /// Answers a binding request that came in on `flow`. `buffer` (max_reply_size) takes the reply.
    /// Binding indications keep nothing alive and get no reply.
    Outcome handle_request(const stun::MessageView& request, const Flow& flow, Instant now,
                           MutBytes buffer);

    /// ICE restart (RFC 8445, section 9): new credentials from now on. The old ones stay valid
    /// until the first check with the new ones. Flows, and with them media, go on.
    void restart(Credentials local, Instant now);

    /// Forgets a path, such as a TCP connection that was closed. True when it was the selected one.
    bool remove_flow(const Flow& flow);

    /// Drops flows that fell silent. True when the selected flow is another one now (or none).
    bool handle_timeout(Instant now);
    [[nodiscard]] Instant next_deadline() const;
    /// True when the peer is gone, or never came.
    [[nodiscard]] bool expired(Instant now) const;

    [[nodiscard]] const Credentials& local() const { return local_; }
    /// The credentials that a restart has replaced, as long as they still count.
    [[nodiscard]] const std::optional<Credentials>& previous() const { return previous_; }
    /// Where to send: the path nominated last, before any nomination the one with the highest
    /// priority that has passed a check (RFC 8445, section 12.1).
    [[nodiscard]] const std::optional<Flow>& selected() const { return selected_; }
    [[nodiscard]] bool nominated() const { return nominated_; }
    /// True when an authenticated check came in on `flow`.
    [[nodiscard]] bool is_valid(const Flow& flow) const;
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    struct Path {
        Flow flow;
        Instant last_check;
        std::uint32_t priority = 0;
    };

    Bytes refuse(const stun::MessageView& request, int code, std::string_view reason,
                 const Credentials* key, MutBytes buffer);
    bool note_check(const stun::MessageView& request, const Flow& flow, Instant now);
    bool select_best();

    Credentials local_;
    std::optional<Credentials> previous_;
    LiteConfig config_;
    std::vector<Path> paths_;
    std::optional<Flow> selected_;
    bool nominated_ = false;
    bool ever_checked_ = false;
    Instant last_check_; ///< of any path; the start before the first
    Counters counters_;
};

} // namespace parley::ice
