// What waits to be written to a WebSocket. libsoup keeps no account of what it has queued, so no
// more is given to it than the socket takes: the rest waits here, and is counted.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <libsoup/soup.h>

#include <deque>
#include <functional>
#include <string>

namespace parley::signaling {

class Outbox {
  public:
    /// More than this waiting, in bytes, and the client does not read.
    static constexpr std::size_t limit = std::size_t{4} * 1024 * 1024;

    /// `context` is the connection's. `overflow` is called once, from send().
    Outbox(SoupWebsocketConnection* connection, GMainContext* context,
           std::function<void()> overflow);
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    ~Outbox();

    void send(std::string text);
    /// Gives all that waits to libsoup, for a close frame to follow.
    void flush();
    void clear();

    [[nodiscard]] std::size_t waiting() const { return waiting_; } ///< bytes

  private:
    void write_some();
    void stop();

    SoupWebsocketConnection* connection_; // borrowed: the session's
    GMainContext* context_;
    std::function<void()> overflow_;
    std::deque<std::string> queue_;
    std::size_t waiting_ = 0;
    GstPtr<GSource> source_;
};

} // namespace parley::signaling
