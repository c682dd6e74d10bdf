// One end of a control socket (docs/control.md): lines in, lines out, at the peer's pace. In the
// thread's default main context.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <gio/gio.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley {

class LineConnection : public std::enable_shared_from_this<LineConnection> {
  public:
    struct Handlers {
        std::function<void(std::string_view line)> line; ///< one has come, without its end
        std::function<void()> too_long;                  ///< more than max_line: the end follows
        std::function<void()> closed;                    ///< called once, unless close() was
    };

    /// `longest`: of a line, in bytes.
    LineConnection(GstPtr<GSocketConnection> connection, std::size_t longest, Handlers handlers);
    LineConnection(const LineConnection&) = delete;
    LineConnection& operator=(const LineConnection&) = delete;
    ~LineConnection() = default;

    /// Begins to read.
    void start();
    /// A line without its end. Whoever reads nothing is cut off.
    void send(std::string line);
    void close();

  private:
    void read_more();
    void on_read(GAsyncResult* result);
    void write_more();
    void on_written(GAsyncResult* result);
    void lose();

    GstPtr<GSocketConnection> connection_;
    std::size_t longest_;
    Handlers handlers_;
    GstPtr<GCancellable> cancellable_;
    std::array<char, 4096> input_{};
    std::string line_;
    std::deque<std::string> output_;
    std::size_t waiting_ = 0; ///< bytes of output_
    bool writing_ = false;
    bool closed_ = false;
};

} // namespace parley
