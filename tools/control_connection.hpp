// One connection of the control socket: lines in, lines out, at the peer's pace.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <gio/gio.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley::tools {

class ControlConnection : public std::enable_shared_from_this<ControlConnection> {
  public:
    struct Handlers {
        std::function<std::string(std::string_view line)> answer; ///< to a line; one line
        std::function<void()> closed; ///< called once, unless close() was
    };

    ControlConnection(GstPtr<GSocketConnection> connection, Handlers handlers);
    ControlConnection(const ControlConnection&) = delete;
    ControlConnection& operator=(const ControlConnection&) = delete;

    /// Begins to read.
    void start();
    /// A line without its end. Whoever reads nothing is cut off.
    void send(std::string line);
    void close();

    bool watching = false; ///< is told what happens

  private:
    void read_more();
    void on_read(GAsyncResult* result);
    void write_more();
    void on_written(GAsyncResult* result);
    void lose();

    GstPtr<GSocketConnection> connection_;
    Handlers handlers_;
    GstPtr<GCancellable> cancellable_;
    std::array<char, 4096> input_{};
    std::string line_;
    std::deque<std::string> output_;
    std::size_t waiting_ = 0; ///< bytes of output_
    bool writing_ = false;
    bool closed_ = false;
};

} // namespace parley::tools
