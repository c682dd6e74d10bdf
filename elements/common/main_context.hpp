// Calls into another thread's main context.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace parley {

/// Runs `function` in `context`, in order with other such calls; never at once. Where the context
/// does not run any more the function is destroyed with it.
inline void call_in(GMainContext* context, std::function<void()> function) {
    using Function = std::function<void()>;
    const auto source = adopt_ptr(g_idle_source_new());
    g_source_set_priority(source.get(), G_PRIORITY_DEFAULT);
    g_source_set_callback(
        source.get(),
        [](gpointer data) -> gboolean {
            (*static_cast<Function*>(data))();
            return G_SOURCE_REMOVE;
        },
        std::make_unique<Function>(std::move(function)).release(),
        [](gpointer data) { delete static_cast<Function*>(data); });
    g_source_attach(source.get(), context);
}

} // namespace parley
