#include "elements/signaling/outbox.hpp"

#include <gio/gio.h>

namespace parley::signaling {
namespace {

constexpr std::size_t written_at_once = std::size_t{64} * 1024;

} // namespace

Outbox::Outbox(SoupWebsocketConnection* connection, GMainContext* context,
               std::function<void()> overflow)
    : connection_{connection}, context_{context}, overflow_{std::move(overflow)} {}

Outbox::~Outbox() {
    stop();
}

void Outbox::send(std::string text) {
    // On its way out: nobody would read it, and a closed socket has no sources.
    if (soup_websocket_connection_get_state(connection_) != SOUP_WEBSOCKET_STATE_OPEN ||
        g_io_stream_is_closed(soup_websocket_connection_get_io_stream(connection_))) {
        return;
    }
    waiting_ += text.size();
    queue_.push_back(std::move(text));
    if (waiting_ > limit) {
        clear();
        if (auto overflow = std::exchange(overflow_, nullptr)) overflow();
        return;
    }
    if (source_) return;
    // libsoup writes from a source of default priority on the same stream. One of lower priority is
    // dispatched only when libsoup's is not ready although the stream can be written: when libsoup
    // has nothing left.
    auto* stream =
        g_io_stream_get_output_stream(soup_websocket_connection_get_io_stream(connection_));
    source_ = adopt_ptr(
        g_pollable_output_stream_create_source(G_POLLABLE_OUTPUT_STREAM(stream), nullptr));
    const GPollableSourceFunc on_writable = [](GObject*, gpointer self) -> gboolean {
        static_cast<Outbox*>(self)->write_some();
        return G_SOURCE_CONTINUE;
    };
    g_source_set_callback(source_.get(), G_SOURCE_FUNC(on_writable), this, nullptr);
    g_source_set_priority(source_.get(), G_PRIORITY_DEFAULT + 10);
    g_source_attach(source_.get(), context_);
}

void Outbox::write_some() {
    std::size_t written = 0;
    while (!queue_.empty() && written < written_at_once) {
        const auto text = std::move(queue_.front());
        queue_.pop_front();
        waiting_ -= text.size();
        written += text.size();
        if (soup_websocket_connection_get_state(connection_) == SOUP_WEBSOCKET_STATE_OPEN) {
            soup_websocket_connection_send_text(connection_, text.c_str());
        }
    }
    if (queue_.empty()) stop();
}

void Outbox::flush() {
    while (!queue_.empty())
        write_some();
}

void Outbox::clear() {
    queue_.clear();
    waiting_ = 0;
    stop();
}

void Outbox::stop() {
    if (source_) g_source_destroy(source_.get());
    source_.reset();
}

} // namespace parley::signaling
