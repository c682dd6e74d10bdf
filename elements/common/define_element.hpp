// The GObject side of an element: a C struct that holds a C++ object, constructed in init and
// destroyed in finalize. Every virtual function is a noexcept trampoline, so that no exception
// crosses C; one that escapes the C++ side becomes an element error.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/common/properties.hpp"

#include <gst/gst.h>

#include <cstddef>
#include <exception>
#include <mutex>
#include <new>
#include <vector>

namespace parley {

/// What Impl has:
///   static constexpr const char* type_name               "GstRtcSfu"
///   static void class_init(GstElementClass*)             metadata, signals
///   struct Settings; static const std::vector<Property<Impl>>& properties()
///   explicit Impl(GstElement*, Settings)                 the element is borrowed: it owns the Impl
///   void set_settings / Settings settings() const        by deriving from SettingsHolder
/// and, where it wants them:
///   bool before_state_change(GstStateChange)             false: refused, an error has been posted
///   void after_state_change(GstStateChange)              when the parent class has succeeded
///   GstStateChangeReturn state_change_result(GstStateChange, GstStateChangeReturn)   what to say
///   bool send_event(GstPtr<GstEvent>&)                   true: taken
///   void set_context(GstContext*)
///   static void add_interfaces(GType)
template <class Impl, class ParentInstance = GstElement, class ParentClass = GstElementClass,
          GType (*ParentType)() = gst_element_get_type>
class ElementType {
  public:
    struct Instance {
        ParentInstance parent;
        alignas(Impl) std::byte impl[sizeof(Impl)];
    };
    struct Class {
        ParentClass parent;
    };

    static GType get_type() {
        static const GType type = [] {
            const GTypeInfo info{sizeof(Class), nullptr,          nullptr, class_init,    nullptr,
                                 nullptr,       sizeof(Instance), 0,       instance_init, nullptr};
            const auto registered =
                g_type_register_static(ParentType(), Impl::type_name, &info, GTypeFlags{});
            if constexpr (requires { Impl::add_interfaces(registered); }) {
                Impl::add_interfaces(registered);
            }
            return registered;
        }();
        return type;
    }

    static Impl& impl(gpointer object) {
        return *std::launder(reinterpret_cast<Impl*>(static_cast<Instance*>(object)->impl));
    }

    /// The trampoline's inside, for the virtual functions of a parent class other than GstElement,
    /// which Impl::class_init sets.
    template <class F>
    static auto guarded(gpointer object, decltype(std::declval<F>()()) failed, F call) noexcept {
        try {
            return call();
        } catch (const std::exception& e) {
            GST_ELEMENT_ERROR(GST_ELEMENT_CAST(object), CORE, FAILED, ("Internal error"),
                              ("%s", e.what()));
        } catch (...) {
            GST_ELEMENT_ERROR(GST_ELEMENT_CAST(object), CORE, FAILED, ("Internal error"),
                              (nullptr));
        }
        return failed;
    }

    /// Of the parent, for a virtual function to chain up to.
    static ParentClass& parent() { return *static_cast<ParentClass*>(parent_class); }

  private:
    static GObjectClass* parent_object_class() { return G_OBJECT_CLASS(parent_class); }
    static GstElementClass* parent_element_class() { return GST_ELEMENT_CLASS(parent_class); }

    static void class_init(gpointer klass, gpointer) noexcept {
        parent_class = g_type_class_peek_parent(klass);
        auto* object_class = G_OBJECT_CLASS(klass);
        auto* element_class = GST_ELEMENT_CLASS(klass);
        object_class->finalize = finalize;
        object_class->set_property = set_property;
        object_class->get_property = get_property;
        element_class->change_state = change_state;
        if constexpr (requires(Impl & i, GstPtr<GstEvent> & e) { i.send_event(e); }) {
            element_class->send_event = send_event;
        }
        if constexpr (requires(Impl & i, GstContext * c) { i.set_context(c); }) {
            element_class->set_context = set_context;
        }
        install_properties<Impl>(object_class, Impl::properties());
        Impl::class_init(element_class);
    }

    static void instance_init(GTypeInstance* instance, gpointer) noexcept {
        new (reinterpret_cast<Instance*>(instance)->impl)
            Impl{GST_ELEMENT_CAST(instance), default_settings<Impl>(Impl::properties())};
    }

    static void finalize(GObject* object) noexcept {
        impl(object).~Impl();
        parent_object_class()->finalize(object);
    }

    static void set_property(GObject* object, guint id, const GValue* value, GParamSpec*) noexcept {
        guarded(object, 0, [&] {
            impl(object).change_settings([&](auto& settings) {
                write_property<Impl>(Impl::properties(), settings, id, value);
            });
            return 0;
        });
    }

    static void get_property(GObject* object, guint id, GValue* value, GParamSpec*) noexcept {
        guarded(object, 0, [&] {
            read_property<Impl>(Impl::properties(), impl(object), impl(object).settings(), id,
                                value);
            return 0;
        });
    }

    static GstStateChangeReturn change_state(GstElement* element,
                                             GstStateChange transition) noexcept {
        return guarded(element, GST_STATE_CHANGE_FAILURE, [&] {
            if constexpr (requires(Impl & i) { i.before_state_change(transition); }) {
                if (!impl(element).before_state_change(transition)) return GST_STATE_CHANGE_FAILURE;
            }
            const auto result = parent_element_class()->change_state(element, transition);
            if constexpr (requires(Impl & i) { i.after_state_change(transition); }) {
                if (result != GST_STATE_CHANGE_FAILURE)
                    impl(element).after_state_change(transition);
            }
            if constexpr (requires(Impl & i) { i.state_change_result(transition, result); }) {
                return impl(element).state_change_result(transition, result);
            }
            return result;
        });
    }

    static gboolean send_event(GstElement* element, GstEvent* event) noexcept {
        return guarded(element, gboolean{FALSE}, [&]() -> gboolean {
            auto owned = adopt_ptr(event);
            if (impl(element).send_event(owned)) return TRUE;
            return parent_element_class()->send_event(element, owned.release());
        });
    }

    static void set_context(GstElement* element, GstContext* context) noexcept {
        guarded(element, 0, [&] {
            impl(element).set_context(context);
            parent_element_class()->set_context(element, context);
            return 0;
        });
    }

    inline static gpointer parent_class = nullptr;
};

/// The settings of an element and their lock; properties are read and written through it, and a
/// start takes a copy.
template <class Settings>
class SettingsHolder {
  public:
    explicit SettingsHolder(Settings settings) : settings_{std::move(settings)} {}

    [[nodiscard]] Settings settings() const {
        const std::lock_guard lock{mutex_};
        return settings_;
    }
    template <class F>
    void change_settings(F change) {
        const std::lock_guard lock{mutex_};
        change(settings_);
    }

  private:
    mutable std::mutex mutex_;
    Settings settings_;
};

} // namespace parley
