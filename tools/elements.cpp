#include "tools/elements.hpp"

#include "elements/common/gst_ptr.hpp"

#include <memory>
#include <vector>

namespace parley::tools {

namespace {

using Iterator = std::unique_ptr<GstIterator, FreeWith<gst_iterator_free>>;

void visit_all(const Iterator& iterator, const std::function<void(GstElement*)>& visit) {
    std::vector<GstPtr<GstElement>> elements;
    GValue value = G_VALUE_INIT;
    for (bool more = true; more;) {
        switch (gst_iterator_next(iterator.get(), &value)) {
        case GST_ITERATOR_OK:
            elements.push_back(ref_ptr(GST_ELEMENT(g_value_get_object(&value))));
            g_value_reset(&value);
            break;
        case GST_ITERATOR_RESYNC:
            elements.clear();
            gst_iterator_resync(iterator.get());
            break;
        default:
            more = false;
        }
    }
    if (G_IS_VALUE(&value)) g_value_unset(&value);
    for (const auto& element : elements)
        visit(element.get());
}

} // namespace

void for_each_element(GstBin* bin, const std::function<void(GstElement*)>& visit) {
    visit_all(Iterator{gst_bin_iterate_recurse(bin)}, visit);
}

void for_each_child(GstBin* bin, const std::function<void(GstElement*)>& visit) {
    visit_all(Iterator{gst_bin_iterate_elements(bin)}, visit);
}

} // namespace parley::tools
