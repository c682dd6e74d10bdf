#include "elements/av1/meta.hpp"

#include <algorithm>
#include <vector>

namespace parley::av1 {

void copy_metas(GstBuffer* to, GstBuffer* from) {
    static const GQuark memory_tag = g_quark_from_static_string(GST_META_TAG_MEMORY_STR);
    std::vector<GType> there;
    gpointer state = nullptr;
    while (const auto* meta = gst_buffer_iterate_meta(to, &state))
        there.push_back(meta->info->api);

    state = nullptr;
    while (auto* meta = gst_buffer_iterate_meta(from, &state)) {
        const auto* info = meta->info;
        if (!info->transform_func || gst_meta_api_type_has_tag(info->api, memory_tag) ||
            std::find(there.begin(), there.end(), info->api) != there.end()) {
            continue;
        }
        GstMetaTransformCopy whole{FALSE, 0, static_cast<gsize>(-1)};
        info->transform_func(to, meta, from, _gst_meta_transform_copy, &whole);
    }
}

} // namespace parley::av1
