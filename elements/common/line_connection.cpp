#include "elements/common/line_connection.hpp"

#include <utility>

namespace parley {

namespace {

/// What waits for a peer that does not read.
constexpr std::size_t most_waiting = std::size_t{4} << 20;

/// A hold on a connection while GIO works for it.
using Held = std::shared_ptr<LineConnection>;
gpointer hold(const Held& connection) {
    return new Held{connection};
}
Held release(gpointer data) {
    const std::unique_ptr<Held> held{static_cast<Held*>(data)};
    return *held;
}

} // namespace

LineConnection::LineConnection(GstPtr<GSocketConnection> connection, std::size_t longest,
                               Handlers handlers)
    : connection_{std::move(connection)}
    , longest_{longest}
    , handlers_{std::move(handlers)}
    , cancellable_{adopt_ptr(g_cancellable_new())} {}

void LineConnection::start() {
    read_more();
}

void LineConnection::read_more() {
    auto* const stream = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
    g_input_stream_read_async(
        stream, input_.data(), input_.size(), G_PRIORITY_DEFAULT, cancellable_.get(),
        [](GObject*, GAsyncResult* result, gpointer data) { release(data)->on_read(result); },
        hold(shared_from_this()));
}

void LineConnection::on_read(GAsyncResult* result) {
    auto* const stream = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
    const auto size = g_input_stream_read_finish(stream, result, nullptr);
    if (closed_) return;
    if (size <= 0) {
        lose();
        return;
    }
    line_.append(input_.data(), static_cast<std::size_t>(size));
    for (;;) {
        const auto end = line_.find('\n');
        if (end == std::string::npos) break;
        const auto line = line_.substr(0, end);
        line_.erase(0, end + 1);
        handlers_.line(line);
        if (closed_) return;
    }
    if (line_.size() > longest_) {
        if (handlers_.too_long) handlers_.too_long();
        lose();
        return;
    }
    read_more();
}

void LineConnection::send(std::string line) {
    if (closed_) return;
    line += '\n';
    waiting_ += line.size();
    output_.push_back(std::move(line));
    if (waiting_ > most_waiting) {
        lose();
    } else if (!writing_) {
        write_more();
    }
}

void LineConnection::write_more() {
    if (output_.empty() || closed_) return;
    writing_ = true;
    auto* const stream = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
    g_output_stream_write_all_async(
        stream, output_.front().data(), output_.front().size(), G_PRIORITY_DEFAULT,
        cancellable_.get(),
        [](GObject*, GAsyncResult* result, gpointer data) { release(data)->on_written(result); },
        hold(shared_from_this()));
}

void LineConnection::on_written(GAsyncResult* result) {
    auto* const stream = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
    const bool written =
        g_output_stream_write_all_finish(stream, result, nullptr, nullptr) != FALSE;
    writing_ = false;
    if (closed_) return;
    if (!written) {
        lose();
        return;
    }
    waiting_ -= output_.front().size();
    output_.pop_front();
    write_more();
}

void LineConnection::lose() {
    const auto self = shared_from_this();
    close();
    if (handlers_.closed) handlers_.closed();
}

void LineConnection::close() {
    if (std::exchange(closed_, true)) return;
    // The last words go out where the peer has room for them.
    if (!writing_) {
        for (const auto& line : output_) {
            auto* const stream = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
            g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(stream),
                                                       line.data(), line.size(), nullptr, nullptr);
        }
    }
    g_cancellable_cancel(cancellable_.get());
    g_socket_close(g_socket_connection_get_socket(connection_.get()), nullptr);
}

} // namespace parley
