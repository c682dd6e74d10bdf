// The signalling server: a thread with its own main context, in which the HTTP server, the
// WebSocket, WHIP and WHEP sessions and everything else of this folder live.
#pragma once

#include "core/base/result.hpp"
#include "elements/signaling/config.hpp"
#include "net/media_server.hpp"

#include <functional>
#include <memory>

namespace parley::signaling {

class Service {
  public:
    /// Binds, starts the thread and serves. An error names what is wrong and the remedy.
    /// `drained` is called, on the server's thread, when after drain() the last client has gone.
    static Result<std::unique_ptr<Service>> start(Config config,
                                                  std::function<void()> drained = {});
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    /// Tells the clients that the server is going down, gives the words a moment to leave, ends.
    /// A media server that is still attached hears who has gone. Not from the server's thread.
    void stop();

    /// From any thread; null takes the server away, and when this returns it is not used any more.
    void set_media_server(std::shared_ptr<net::MediaServer> media);

    /// From any thread: /readyz says 503, nobody joins any more, and who is still there after the
    /// drain timeout is told to leave.
    void drain();

    [[nodiscard]] Endpoint address() const; ///< with the port that it got

  private:
    class Server;
    struct Thread;

    Service();
    std::unique_ptr<Thread> thread_;
};

} // namespace parley::signaling
