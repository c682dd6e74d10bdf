// One smart pointer for everything that is reference-counted by GLib, GStreamer, libsoup or
// json-glib, and deleters for what has one owner only.
#pragma once

#include <gst/gst.h>

#include <glib-object.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace parley {

/// How a type is referenced. The general case is a GObject; others are listed below.
template <class T>
struct RefTraits {
    static void ref(T* p) { g_object_ref(p); }
    static void unref(T* p) { g_object_unref(p); }
    static void sink(T* p) { g_object_ref_sink(p); }
};

namespace detail {
template <class T>
struct MiniObjectTraits {
    static void ref(T* p) { gst_mini_object_ref(GST_MINI_OBJECT_CAST(p)); }
    static void unref(T* p) { gst_mini_object_unref(GST_MINI_OBJECT_CAST(p)); }
};
template <class T, auto Ref, auto Unref>
struct FunctionTraits {
    static void ref(T* p) { Ref(p); }
    static void unref(T* p) { Unref(p); }
};
} // namespace detail

// clang-format off
template <> struct RefTraits<GstBuffer> : detail::MiniObjectTraits<GstBuffer> {};
template <> struct RefTraits<GstBufferList> : detail::MiniObjectTraits<GstBufferList> {};
template <> struct RefTraits<GstCaps> : detail::MiniObjectTraits<GstCaps> {};
template <> struct RefTraits<GstContext> : detail::MiniObjectTraits<GstContext> {};
template <> struct RefTraits<GstEvent> : detail::MiniObjectTraits<GstEvent> {};
template <> struct RefTraits<GstMessage> : detail::MiniObjectTraits<GstMessage> {};
template <> struct RefTraits<GstQuery> : detail::MiniObjectTraits<GstQuery> {};
template <> struct RefTraits<GstSample> : detail::MiniObjectTraits<GstSample> {};
template <> struct RefTraits<GstTagList> : detail::MiniObjectTraits<GstTagList> {};
template <> struct RefTraits<GBytes> : detail::FunctionTraits<GBytes, g_bytes_ref, g_bytes_unref> {};
template <> struct RefTraits<GMainContext> : detail::FunctionTraits<GMainContext, g_main_context_ref, g_main_context_unref> {};
template <> struct RefTraits<GMainLoop> : detail::FunctionTraits<GMainLoop, g_main_loop_ref, g_main_loop_unref> {};
template <> struct RefTraits<GSource> : detail::FunctionTraits<GSource, g_source_ref, g_source_unref> {};
template <> struct RefTraits<GUri> : detail::FunctionTraits<GUri, g_uri_ref, g_uri_unref> {};
template <> struct RefTraits<GMappedFile> : detail::FunctionTraits<GMappedFile, g_mapped_file_ref, g_mapped_file_unref> {};
// clang-format on

/// Shares ownership of a T; null is allowed. Made by adopt_ptr, ref_ptr or sink_ptr only, so that
/// every place says what it does with the reference.
template <class T>
class GstPtr {
  public:
    GstPtr() = default;
    GstPtr(std::nullptr_t) {}
    GstPtr(const GstPtr& other) : p_{other.p_} {
        if (p_) RefTraits<T>::ref(p_);
    }
    GstPtr(GstPtr&& other) noexcept : p_{std::exchange(other.p_, nullptr)} {}
    GstPtr& operator=(const GstPtr& other) {
        if (this != &other) *this = GstPtr{other};
        return *this;
    }
    GstPtr& operator=(GstPtr&& other) noexcept {
        GstPtr taken{std::move(other)};
        std::swap(p_, taken.p_);
        return *this;
    }
    ~GstPtr() {
        if (p_) RefTraits<T>::unref(p_);
    }

    [[nodiscard]] T* get() const { return p_; }
    T* operator->() const { return p_; }
    explicit operator bool() const { return p_ != nullptr; }
    bool operator==(const GstPtr& other) const { return p_ == other.p_; }

    /// Gives the reference away, for a parameter that is (transfer full).
    [[nodiscard]] T* release() { return std::exchange(p_, nullptr); }
    void reset() { *this = GstPtr{}; }

  private:
    struct Adopt {};
    GstPtr(T* p, Adopt) : p_{p} {}
    template <class U>
    friend GstPtr<U> adopt_ptr(U* p);

    T* p_ = nullptr;
};

/// Takes over a reference that we were given (transfer full).
template <class T>
[[nodiscard]] GstPtr<T> adopt_ptr(T* p) {
    return GstPtr<T>{p, typename GstPtr<T>::Adopt{}};
}
/// Adds a reference to something borrowed (transfer none).
template <class T>
[[nodiscard]] GstPtr<T> ref_ptr(T* p) {
    if (p) RefTraits<T>::ref(p);
    return adopt_ptr(p);
}
/// Takes over a floating reference, or adds one where it does not float.
template <class T>
[[nodiscard]] GstPtr<T> sink_ptr(T* p) {
    if (p) RefTraits<T>::sink(p);
    return adopt_ptr(p);
}

/// Deleter by function, for std::unique_ptr.
template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* p) const {
        Free(p); // NOLINT(cppcoreguidelines-no-malloc): this is the RAII
    }
};

using GStringPtr = std::unique_ptr<char, FreeWith<g_free>>;
using GErrorPtr = std::unique_ptr<GError, FreeWith<g_error_free>>;
using GstStructurePtr = std::unique_ptr<GstStructure, FreeWith<gst_structure_free>>;

/// An out parameter of type GError**: `GErrorOut error; f(..., error); if (error) ...
/// error->message`.
class GErrorOut {
  public:
    GErrorOut() = default;
    GErrorOut(const GErrorOut&) = delete;
    GErrorOut& operator=(const GErrorOut&) = delete;
    ~GErrorOut() { g_clear_error(&error_); }

    operator GError**() { return &error_; }
    // Not const: a const one would lose against the conversion above, which is never null.
    explicit operator bool() { return error_ != nullptr; }
    GError* operator->() const { return error_; }
    [[nodiscard]] const char* message() const {
        return error_ ? error_->message : "no reason given";
    }

  private:
    GError* error_ = nullptr;
};

} // namespace parley
