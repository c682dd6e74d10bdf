// The signalling thread's side of the media server: commands go out, events come in by batches on
// the signalling thread, and the server may come and go at any time.
//
// Locks: the rendezvous' directory, then Media::mutex_, then the media server's own, then the
// queue's (a leaf, which the workers take in the event handler).
#pragma once

#include "core/room/messages.hpp"
#include "core/room/stats.hpp"
#include "elements/common/gst_ptr.hpp"
#include "net/media_server.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace parley::signaling {

class MediaPort {
  public:
    struct Handlers {
        std::function<void(room::Event)> event;     ///< on the signalling thread
        std::function<void(bool attached)> changed; ///< on the signalling thread
    };

    MediaPort(GMainContext* context, Handlers handlers);
    MediaPort(const MediaPort&) = delete;
    MediaPort& operator=(const MediaPort&) = delete;
    ~MediaPort();

    /// From any thread. When this returns, the server that was attached before is not used any
    /// more.
    void attach(std::shared_ptr<net::MediaServer> server);

    [[nodiscard]] bool attached() const;
    /// False: there is no server.
    bool post(room::Command command);
    /// `done` is called on the signalling thread, with nothing where there is no server; not at
    /// all if the server goes away meanwhile.
    void collect_stats(std::function<void(std::optional<room::ServerStats>)> done);
    /// Runs a function on the signalling thread; from any thread.
    void call(std::function<void()> function);

  private:
    class Queue;

    std::shared_ptr<Queue> queue_;
    Handlers handlers_;
    mutable std::mutex mutex_;
    std::shared_ptr<net::MediaServer> server_; // mutex_
};

} // namespace parley::signaling
