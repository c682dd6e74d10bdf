#include "elements/room/element_row.hpp"

#include <fmt/format.h>

#include <ranges>

namespace parley::room_elements {

Result<GstElement*> ElementRow::add(GstElement* after, const char* factory, const char* package) {
    auto element = sink_ptr(gst_element_factory_make(factory, nullptr));
    if (!element)
        return fail(fmt::format("the element {} is missing: install {}", factory, package));
    return add(after, std::move(element));
}

Result<GstElement*> ElementRow::add(GstElement* after, const Step& step) {
    auto element = add(after, step.factory, step.package);
    if (!element) return element;
    for (const auto& [name, value] : step.properties)
        gst_util_set_object_arg(G_OBJECT(*element), name, value);
    if (step.filter == nullptr) return element;
    auto filter = add(*element, "capsfilter", "gstreamer1.0-plugins-base");
    if (filter) gst_util_set_object_arg(G_OBJECT(*filter), "caps", step.filter);
    return filter;
}

Result<GstElement*> ElementRow::add(GstElement* after, GstPtr<GstElement> element) {
    gst_bin_add(bin_, element.get()); // which takes a reference of its own
    return take(after, std::move(element));
}

Result<GstElement*> ElementRow::take(GstElement* after, GstPtr<GstElement> element) {
    auto* const raw = element.get();
    elements_.push_back(std::move(element));
    if (after != nullptr && !gst_element_link(after, raw)) {
        return fail(
            fmt::format("{} and {} do not link", GST_OBJECT_NAME(after), GST_OBJECT_NAME(raw)));
    }
    return raw;
}

Result<void> ElementRow::start() {
    for (auto i = elements_.size(); i > started_; --i) {
        auto* const element = elements_[i - 1].get();
        if (!gst_element_sync_state_with_parent(element)) {
            return fail(fmt::format("{} does not start", GST_OBJECT_NAME(element)));
        }
    }
    started_ = elements_.size();
    return {};
}

void ElementRow::stop() {
    // The last one first: a streaming thread that waits in it comes back through all the others.
    for (const auto& element : std::views::reverse(elements_)) {
        gst_element_set_locked_state(element.get(), TRUE);
        gst_element_set_state(element.get(), GST_STATE_NULL);
    }
}

void ElementRow::remove() {
    stop();
    for (const auto& element : elements_)
        gst_bin_remove(bin_, element.get());
    elements_.clear();
    started_ = 0;
}

} // namespace parley::room_elements
