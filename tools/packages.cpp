#include "tools/packages.hpp"

#include "elements/common/gst_ptr.hpp"

#include <algorithm>
#include <vector>

namespace parley::tools {
namespace {

/// Runs a program found in PATH; its standard output, or nothing when it fails.
std::optional<std::string> output_of(const std::vector<std::string>& command) {
    std::vector<char*> argv;
    argv.reserve(command.size() + 1);
    for (const auto& word : command)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    char* out = nullptr;
    int status = 0;
    const auto flags = static_cast<GSpawnFlags>(G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL);
    const bool started = g_spawn_sync(nullptr, argv.data(), nullptr, flags, nullptr, nullptr, &out,
                                      nullptr, &status, nullptr) != FALSE;
    const GStringPtr owned{out};
    if (!started || !g_spawn_check_wait_status(status, nullptr)) return std::nullopt;
    return std::string{out};
}

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// Whether `list`, "a, b, c", holds `word`.
bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        auto item = list.substr(0, end);
        while (item.starts_with(' '))
            item.remove_prefix(1);
        if (item == word) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

} // namespace

std::optional<std::string> package_in(std::string_view apt_output, std::string_view element) {
    constexpr std::string_view package_field = "Package: ";
    constexpr std::string_view elements_field = "Gstreamer-Elements: ";
    std::string_view package;
    while (!apt_output.empty()) {
        const auto line = take_line(apt_output);
        if (line.starts_with(package_field)) {
            package = line.substr(package_field.size());
        } else if (line.starts_with(elements_field) &&
                   lists(line.substr(elements_field.size()), element)) {
            return std::string{package};
        }
    }
    return std::nullopt;
}

std::optional<std::string> package_of(std::string_view element) {
    const auto names = output_of({"apt-cache", "pkgnames", "gstreamer1.0-"});
    if (!names) return std::nullopt;
    std::vector<std::string> command{"apt-cache", "show", "--"};
    std::string_view rest = *names;
    while (!rest.empty()) {
        const auto name = take_line(rest);
        if (!name.empty()) command.emplace_back(name);
    }
    // In a steady order: where two packages have an element, the answer is always the same.
    std::sort(command.begin() + 3, command.end());
    const auto shown = output_of(command);
    return shown ? package_in(*shown, element) : std::nullopt;
}

} // namespace parley::tools
