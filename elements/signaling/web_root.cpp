#include "elements/signaling/web_root.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace parley::signaling {
namespace {

namespace fs = std::filesystem;

// Written by the build into its plugin folder, never installed: the source tree's page.
constexpr const char* build_tree_note = "web-root.txt";
// lib/ARCHITECTURE/gstreamer-1.0/libgstparley.so lies three folders below the prefix, lib64/...
// two.
constexpr int prefix_search_depth = 4;

bool is_page(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "index.html", ignored);
}

fs::path folder_of_this_code() {
    Dl_info info{};
    if (!dladdr(reinterpret_cast<const void*>(&default_web_root), &info) || !info.dli_fname) {
        return {};
    }
    std::error_code error;
    return fs::canonical(info.dli_fname, error).parent_path();
}

} // namespace

std::string default_web_root() {
    auto folder = folder_of_this_code();
    if (folder.empty()) return {};
    std::string source;
    if (std::ifstream note{folder / build_tree_note}; std::getline(note, source)) {
        if (is_page(source)) return source;
    }
    for (int i = 0; i < prefix_search_depth && folder.has_parent_path(); ++i) {
        folder = folder.parent_path();
        const auto page = folder / "share/parley/web";
        if (is_page(page)) return page.string();
    }
    return {};
}

} // namespace parley::signaling
