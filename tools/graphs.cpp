#include "tools/graphs.hpp"

#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace parley::tools {

Result<Graphs> Graphs::into(std::string folder) {
    constexpr int mode = 0777; // less the umask
    if (g_mkdir_with_parents(folder.c_str(), mode) != 0) {
        return fail(fmt::format("--dot={}: {}", folder, std::strerror(errno)));
    }
    Graphs graphs;
    graphs.folder_ = std::move(folder);
    return graphs;
}

Result<void> Graphs::write(GstBin* bin, std::string_view moment) {
    if (folder_.empty()) return {};
    const GStringPtr text{gst_debug_bin_to_dot_data(
        bin, static_cast<GstDebugGraphDetails>(GST_DEBUG_GRAPH_SHOW_MEDIA_TYPE |
                                               GST_DEBUG_GRAPH_SHOW_CAPS_DETAILS |
                                               GST_DEBUG_GRAPH_SHOW_STATES))};
    const auto path = fmt::format("{}/{:02}-{}.dot", folder_, ++written_, moment);
    GErrorOut error;
    if (g_file_set_contents(path.c_str(), text.get(), -1, error) == FALSE) {
        return fail(error.message());
    }
    return {};
}

} // namespace parley::tools
