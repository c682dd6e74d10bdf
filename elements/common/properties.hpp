// Properties of an element as one table over a plain settings struct: what gst-inspect shows, what
// the default is and where the value lives stand in one place.
#pragma once

#include <gst/gst.h>

#include <glib-object.h>

#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace parley {

/// When a new value counts: at the next start, or at once.
enum class Mutable { ready, playing };

template <class Settings>
struct TextProperty {
    std::string Settings::*member;
    const char* default_value = "";
    bool secret = false; ///< can be written but not read back
};

/// A list written as one text, separated by commas.
template <class Settings>
struct ListProperty {
    std::vector<std::string> Settings::*member;
    const char* default_value = "";
};

template <class Settings>
struct NumberProperty {
    unsigned Settings::*member;
    unsigned minimum = 0;
    unsigned maximum = 0;
    unsigned default_value = 0;
};

template <class Settings>
struct FlagProperty {
    bool Settings::*member;
    bool default_value = false;
};

/// One of a few words. Its GType comes from enum_type().
template <class Settings>
struct EnumProperty {
    int Settings::*member;
    GType (*type)();
    int default_value = 0;
};

/// A GEnum, registered once under its name; the nicks are what users write.
struct EnumValue {
    int value;
    const char* nick;
    const char* text;
};
GType enum_type(const char* name, std::span<const EnumValue> values);

/// Read-only, made when it is asked for.
template <class Impl>
struct ComputedProperty {
    GType (*type)();
    void (Impl::*read)(GValue* value) const;
};

template <class Impl>
struct Property {
    using Settings = typename Impl::Settings;

    const char* name = nullptr;
    const char* nick = nullptr;
    const char* blurb = nullptr; ///< with units and range
    std::variant<TextProperty<Settings>, ListProperty<Settings>, NumberProperty<Settings>,
                 FlagProperty<Settings>, EnumProperty<Settings>, ComputedProperty<Impl>>
        kind;
    Mutable changes = Mutable::ready;
};

namespace detail {

std::vector<std::string> split_list(const char* text);
std::string join_list(const std::vector<std::string>& list);

struct PropertyText {
    const char* name;
    const char* nick;
    const char* blurb;
    GParamFlags flags;
};
GParamFlags property_flags(bool readable, bool writable, Mutable changes);

/// Not inlined: gcc 12 warns of the alternatives that a small Settings has no room for.
template <class Settings, class T>
[[gnu::noinline]] T& member(Settings& settings, T Settings::*pointer) {
    return settings.*pointer;
}
template <class Settings, class T>
[[gnu::noinline]] const T& member(const Settings& settings, T Settings::*pointer) {
    return settings.*pointer;
}

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

} // namespace detail

/// Installs the table on a class; property ids are positions in the table plus one.
template <class Impl>
void install_properties(GObjectClass* klass, const std::vector<Property<Impl>>& table) {
    using Settings = typename Impl::Settings;
    guint id = 0;
    for (const auto& p : table) {
        const auto flags = [&](bool readable, bool writable) {
            return detail::property_flags(readable, writable, p.changes);
        };
        GParamSpec* spec = std::visit(
            detail::Overloaded{
                [&](const TextProperty<Settings>& t) {
                    return g_param_spec_string(p.name, p.nick, p.blurb,
                                               *t.default_value ? t.default_value : nullptr,
                                               flags(!t.secret, true));
                },
                [&](const ListProperty<Settings>& t) {
                    return g_param_spec_string(p.name, p.nick, p.blurb,
                                               *t.default_value ? t.default_value : nullptr,
                                               flags(true, true));
                },
                [&](const NumberProperty<Settings>& t) {
                    return g_param_spec_uint(p.name, p.nick, p.blurb, t.minimum, t.maximum,
                                             t.default_value, flags(true, true));
                },
                [&](const FlagProperty<Settings>& t) {
                    return g_param_spec_boolean(p.name, p.nick, p.blurb, t.default_value,
                                                flags(true, true));
                },
                [&](const EnumProperty<Settings>& t) {
                    return g_param_spec_enum(p.name, p.nick, p.blurb, t.type(), t.default_value,
                                             flags(true, true));
                },
                [&](const ComputedProperty<Impl>& t) {
                    return g_param_spec_boxed(p.name, p.nick, p.blurb, t.type(),
                                              flags(true, false));
                },
            },
            p.kind);
        g_object_class_install_property(klass, ++id, spec);
    }
}

template <class Impl>
typename Impl::Settings default_settings(const std::vector<Property<Impl>>& table) {
    using Settings = typename Impl::Settings;
    Settings settings{};
    for (const auto& p : table) {
        std::visit(detail::Overloaded{
                       [&](const TextProperty<Settings>& t) {
                           detail::member(settings, t.member) = t.default_value;
                       },
                       [&](const ListProperty<Settings>& t) {
                           detail::member(settings, t.member) = detail::split_list(t.default_value);
                       },
                       [&](const NumberProperty<Settings>& t) {
                           detail::member(settings, t.member) = t.default_value;
                       },
                       [&](const FlagProperty<Settings>& t) {
                           detail::member(settings, t.member) = t.default_value;
                       },
                       [&](const EnumProperty<Settings>& t) {
                           detail::member(settings, t.member) = t.default_value;
                       },
                       [](const ComputedProperty<Impl>&) {},
                   },
                   p.kind);
    }
    return settings;
}

/// The caller holds the lock of the settings.
template <class Impl>
void write_property(const std::vector<Property<Impl>>& table, typename Impl::Settings& settings,
                    guint id, const GValue* value) {
    using Settings = typename Impl::Settings;
    const auto text = [&] {
        const char* s = g_value_get_string(value);
        return s ? s : "";
    };
    std::visit(
        detail::Overloaded{
            [&](const TextProperty<Settings>& t) { detail::member(settings, t.member) = text(); },
            [&](const ListProperty<Settings>& t) {
                detail::member(settings, t.member) = detail::split_list(text());
            },
            [&](const NumberProperty<Settings>& t) {
                detail::member(settings, t.member) = g_value_get_uint(value);
            },
            [&](const FlagProperty<Settings>& t) {
                detail::member(settings, t.member) = g_value_get_boolean(value) != FALSE;
            },
            [&](const EnumProperty<Settings>& t) {
                detail::member(settings, t.member) = g_value_get_enum(value);
            },
            [](const ComputedProperty<Impl>&) {},
        },
        table.at(id - 1).kind);
}

/// `settings` is a copy: a computed property may take its time, so no lock is held here.
template <class Impl>
void read_property(const std::vector<Property<Impl>>& table, const Impl& impl,
                   const typename Impl::Settings& settings, guint id, GValue* value) {
    using Settings = typename Impl::Settings;
    std::visit(detail::Overloaded{
                   [&](const TextProperty<Settings>& t) {
                       g_value_set_string(value, detail::member(settings, t.member).c_str());
                   },
                   [&](const ListProperty<Settings>& t) {
                       g_value_set_string(
                           value, detail::join_list(detail::member(settings, t.member)).c_str());
                   },
                   [&](const NumberProperty<Settings>& t) {
                       g_value_set_uint(value, detail::member(settings, t.member));
                   },
                   [&](const FlagProperty<Settings>& t) {
                       g_value_set_boolean(value, detail::member(settings, t.member));
                   },
                   [&](const EnumProperty<Settings>& t) {
                       g_value_set_enum(value, detail::member(settings, t.member));
                   },
                   [&](const ComputedProperty<Impl>& t) { (impl.*t.read)(value); },
               },
               table.at(id - 1).kind);
}

} // namespace parley
