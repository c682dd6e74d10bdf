#include "elements/signaling/metered_stream.hpp"

#include <array>
#include <memory>
#include <new>

namespace parley::signaling {
namespace {

/// What the input side knows.
class Meter {
  public:
    enum class Verdict { read, wait, discard };

    Verdict ask() {
        if (exceeded_) return Verdict::discard;
        if (read_ < metered_limit) return Verdict::read;
        // A reader takes what there is and looks at it afterwards: it gets one chance to do so.
        if (!std::exchange(paused_, true)) return Verdict::wait;
        exceeded_ = true;
        if (auto tell = std::exchange(on_exceeded, nullptr)) tell();
        return Verdict::discard;
    }
    void count(std::size_t bytes) { read_ += bytes; }
    void reset() {
        read_ = 0;
        paused_ = false;
    }

    std::function<void()> on_exceeded;

  private:
    std::size_t read_ = 0;
    bool paused_ = false;
    bool exceeded_ = false;
};

// ---------------------------------------------------------------- input

struct MeteredInput {
    GInputStream parent;
    GPollableInputStream* base;
    std::shared_ptr<Meter> meter; // constructed and destroyed by hand, as GObjects are
};
struct MeteredInputClass {
    GInputStreamClass parent;
};

gboolean can_poll(GPollableInputStream*) noexcept {
    return TRUE;
}

gboolean is_readable(GPollableInputStream* stream) noexcept {
    return g_pollable_input_stream_is_readable(reinterpret_cast<MeteredInput*>(stream)->base);
}

GSource* create_source(GPollableInputStream* stream, GCancellable* cancellable) noexcept {
    const auto base = adopt_ptr(g_pollable_input_stream_create_source(
        reinterpret_cast<MeteredInput*>(stream)->base, nullptr));
    return g_pollable_source_new_full(stream, base.get(), cancellable);
}

gssize read_nonblocking(GPollableInputStream* stream, void* buffer, gsize count,
                        GError** error) noexcept {
    auto* self = reinterpret_cast<MeteredInput*>(stream);
    switch (self->meter->ask()) {
    case Meter::Verdict::read: {
        const auto n =
            g_pollable_input_stream_read_nonblocking(self->base, buffer, count, nullptr, error);
        if (n > 0) self->meter->count(static_cast<std::size_t>(n));
        return n;
    }
    case Meter::Verdict::discard: {
        std::array<char, 16384> thrown_away{};
        const auto n = g_pollable_input_stream_read_nonblocking(self->base, thrown_away.data(),
                                                                thrown_away.size(), nullptr, error);
        if (n <= 0) return n;
        break;
    }
    case Meter::Verdict::wait:
        break;
    }
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "enough for now");
    return -1;
}

gssize read_blocking(GInputStream* stream, void* buffer, gsize count, GCancellable* cancellable,
                     GError** error) noexcept {
    auto* self = reinterpret_cast<MeteredInput*>(stream);
    return g_input_stream_read(G_INPUT_STREAM(self->base), buffer, count, cancellable, error);
}

gpointer input_parent_class = nullptr;

void input_finalize(GObject* object) noexcept {
    auto* self = reinterpret_cast<MeteredInput*>(object);
    g_object_unref(self->base);
    self->meter.~shared_ptr();
    G_OBJECT_CLASS(input_parent_class)->finalize(object);
}

void pollable_init(gpointer iface, gpointer) noexcept {
    auto* pollable = static_cast<GPollableInputStreamInterface*>(iface);
    pollable->can_poll = can_poll;
    pollable->is_readable = is_readable;
    pollable->create_source = create_source;
    pollable->read_nonblocking = read_nonblocking;
}

GType input_type() {
    static const GType type = [] {
        const GTypeInfo info{sizeof(MeteredInputClass),
                             nullptr,
                             nullptr,
                             [](gpointer klass, gpointer) {
                                 input_parent_class = g_type_class_peek_parent(klass);
                                 G_OBJECT_CLASS(klass)->finalize = input_finalize;
                                 G_INPUT_STREAM_CLASS(klass)->read_fn = read_blocking;
                             },
                             nullptr,
                             nullptr,
                             sizeof(MeteredInput),
                             0,
                             nullptr,
                             nullptr};
        const GType registered =
            g_type_register_static(G_TYPE_INPUT_STREAM, "ParleyMeteredInput", &info, GTypeFlags{});
        const GInterfaceInfo pollable{pollable_init, nullptr, nullptr};
        g_type_add_interface_static(registered, G_TYPE_POLLABLE_INPUT_STREAM, &pollable);
        return registered;
    }();
    return type;
}

// ---------------------------------------------------------------- stream

struct MeteredStream {
    GIOStream parent;
    GIOStream* base;
    GInputStream* input;
};
struct MeteredStreamClass {
    GIOStreamClass parent;
};

gpointer stream_parent_class = nullptr;

MeteredStream* self_of(gpointer stream) {
    return static_cast<MeteredStream*>(stream);
}

void finalize(GObject* object) noexcept {
    auto* self = self_of(object);
    g_object_unref(self->input);
    g_object_unref(self->base);
    G_OBJECT_CLASS(stream_parent_class)->finalize(object);
}

// GIOStream's own closes in a thread, where nothing of ours must be touched.
void close_async(GIOStream* stream, int priority, GCancellable* cancellable,
                 GAsyncReadyCallback callback, gpointer data) noexcept {
    auto* task = g_task_new(stream, cancellable, callback, data);
    g_io_stream_close_async(
        self_of(stream)->base, priority, cancellable,
        [](GObject* base, GAsyncResult* result, gpointer given) {
            const auto owned = adopt_ptr(G_TASK(given));
            GError* error = nullptr;
            if (g_io_stream_close_finish(G_IO_STREAM(base), result, &error)) {
                g_task_return_boolean(owned.get(), TRUE);
            } else {
                g_task_return_error(owned.get(), error);
            }
        },
        task);
}

void stream_class_init(gpointer klass, gpointer) noexcept {
    stream_parent_class = g_type_class_peek_parent(klass);
    G_OBJECT_CLASS(klass)->finalize = finalize;
    auto* stream_class = G_IO_STREAM_CLASS(klass);
    stream_class->get_input_stream = [](GIOStream* stream) { return self_of(stream)->input; };
    stream_class->get_output_stream = [](GIOStream* stream) {
        return g_io_stream_get_output_stream(self_of(stream)->base);
    };
    stream_class->close_fn = [](GIOStream* stream, GCancellable* cancellable, GError** error) {
        return g_io_stream_close(self_of(stream)->base, cancellable, error);
    };
    stream_class->close_async = close_async;
    stream_class->close_finish = [](GIOStream*, GAsyncResult* result, GError** error) {
        return g_task_propagate_boolean(G_TASK(result), error);
    };
}

GType stream_type() {
    static const GType type = [] {
        const GTypeInfo info{sizeof(MeteredStreamClass),
                             nullptr,
                             nullptr,
                             stream_class_init,
                             nullptr,
                             nullptr,
                             sizeof(MeteredStream),
                             0,
                             nullptr,
                             nullptr};
        return g_type_register_static(G_TYPE_IO_STREAM, "ParleyMeteredStream", &info, GTypeFlags{});
    }();
    return type;
}

Meter& meter_of(GIOStream* stream) {
    return *reinterpret_cast<MeteredInput*>(self_of(stream)->input)->meter;
}

} // namespace

GstPtr<GIOStream> metered_stream_new(GIOStream* base) {
    auto stream = adopt_ptr(G_IO_STREAM(g_object_new(stream_type(), nullptr)));
    auto* self = self_of(stream.get());
    self->base = ref_ptr(base).release();
    self->input = G_INPUT_STREAM(g_object_new(input_type(), nullptr));
    auto* input = reinterpret_cast<MeteredInput*>(self->input);
    input->base = ref_ptr(G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(base))).release();
    new (&input->meter) std::shared_ptr<Meter>{std::make_shared<Meter>()};
    return stream;
}

void metered_stream_on_exceeded(GIOStream* stream, std::function<void()> exceeded) {
    meter_of(stream).on_exceeded = std::move(exceeded);
}

void metered_stream_reset(GIOStream* stream) {
    meter_of(stream).reset();
}

} // namespace parley::signaling
