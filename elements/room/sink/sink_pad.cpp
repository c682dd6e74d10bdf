#include "elements/room/sink/sink_pad.hpp"

#include "elements/common/properties.hpp"

#include <atomic>
#include <new>

namespace parley::room_elements {
namespace {

constexpr int automatic = -1;

struct SinkPad {
    GstGhostPad parent;
    std::atomic<int> source;
};
struct SinkPadClass {
    GstGhostPadClass parent;
};

GType source_type() {
    static constexpr EnumValue values[] = {
        {automatic, "auto",
         "That of the room's track that is passed on, else camera or microphone"},
        {static_cast<int>(room::TrackSource::camera), "camera", "A camera"},
        {static_cast<int>(room::TrackSource::microphone), "microphone", "A microphone"},
        {static_cast<int>(room::TrackSource::screen), "screen", "A shared screen"},
        {static_cast<int>(room::TrackSource::screen_audio), "screen-audio",
         "The sound of a shared screen"},
    };
    return enum_type("GstRtcRoomSinkSource", values);
}

GType sink_pad_type() {
    static const GType type = [] {
        const GTypeInfo info{
            sizeof(SinkPadClass),
            nullptr,
            nullptr,
            [](gpointer klass, gpointer) noexcept {
                auto* const object = G_OBJECT_CLASS(klass);
                object->set_property = [](GObject* pad, guint, const GValue* value,
                                          GParamSpec*) noexcept {
                    reinterpret_cast<SinkPad*>(pad)->source = g_value_get_enum(value);
                };
                object->get_property = [](GObject* pad, guint, GValue* value,
                                          GParamSpec*) noexcept {
                    g_value_set_enum(value, reinterpret_cast<SinkPad*>(pad)->source);
                };
                g_object_class_install_property(
                    object, 1,
                    g_param_spec_enum(
                        "source", "Source", "What is published, as others are told", source_type(),
                        automatic,
                        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
            },
            nullptr,
            nullptr,
            sizeof(SinkPad),
            0,
            [](GTypeInstance* instance, gpointer) noexcept {
                new (&reinterpret_cast<SinkPad*>(instance)->source) std::atomic<int>{automatic};
            },
            nullptr};
        return g_type_register_static(GST_TYPE_GHOST_PAD, "GstRtcRoomSinkPad", &info, GTypeFlags{});
    }();
    return type;
}

} // namespace

GstPtr<GstPad> make_sink_pad(const std::string& name, GstPadTemplate* from) {
    auto pad =
        sink_ptr(GST_PAD_CAST(g_object_new(sink_pad_type(), "name", name.c_str(), "direction",
                                           GST_PAD_SINK, "template", from, nullptr)));
    return pad;
}

std::optional<room::TrackSource> source_of(GstPad* sink_pad) {
    const int source = reinterpret_cast<SinkPad*>(sink_pad)->source;
    if (source == automatic) return std::nullopt;
    return static_cast<room::TrackSource>(source);
}

} // namespace parley::room_elements
