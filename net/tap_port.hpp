// A worker's taps: their sockets in its event loop, and their messages into its engine.
#pragma once

#include "core/room/engine.hpp"
#include "net/tap_connection.hpp"
#include "net/tap_listener.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace parley::net {

/// How control records are written and read; JSON is the shells' matter.
struct TapCodec {
    tap::Queue::Printer print;
    std::function<Result<tap::Up>(std::string_view)> parse;
};

class TapPort {
  public:
    /// `epoll` and the engine outlive the port. Events of taps have tokens from `first_token` on.
    TapPort(int epoll, std::uint64_t first_token, room::Engine& engine,
            const tap::QueueLimits& limits, TapCodec codec)
        : epoll_{epoll}
        , first_token_{first_token}
        , engine_{engine}
        , limits_{limits}
        , codec_{std::move(codec)} {}

    /// Takes taps of strangers. `route` is given those whose room another worker owns.
    using Route = std::function<bool(const std::string& room, FileDescriptor& fd)>;
    void listen(TapListener listener, Route route);
    void add(FileDescriptor fd, room::TapAccess access);

    [[nodiscard]] bool owns(std::uint64_t token) const { return token >= first_token_; }
    void handle(std::uint64_t token, std::uint32_t events, Instant now);
    /// The engine is done with it: it ends when what is queued has gone out.
    void end(room::TapId id);
    /// Sends what the turn has filled in; closes what is over.
    void flush(Instant now);

  private:
    /// A stranger's tap whose first message has not come yet.
    struct Stranger {
        FileDescriptor fd;
        Instant since;
    };
    struct Entry {
        std::unique_ptr<TapConnection> connection;
        bool waiting = false; ///< for its socket to take more
    };

    void accept(Instant now);
    void greet(std::uint32_t id, Instant now);
    void read(room::TapId id, Instant now);
    void drop(room::TapId id, Instant now);
    void watch(int fd, std::uint32_t id, std::uint32_t events, int operation) const;

    int epoll_;
    std::uint64_t first_token_;
    room::Engine& engine_;
    tap::QueueLimits limits_;
    TapCodec codec_;
    std::optional<TapListener> listener_;
    Route route_;
    std::map<std::uint32_t, Stranger> strangers_;
    std::map<room::TapId, Entry> taps_;
    std::uint32_t next_id_ = 1; ///< 0 is the listener
};

} // namespace parley::net
