// `parley list`: the pipelines that come with Parley.
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/library.hpp"
#include "tools/options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::tools {

int list_command(int argc, char** argv) {
    const auto line = parse_command_line(
        {"list", nullptr, "Lists the pipelines that come with Parley.",
         "`parley describe NAME` says more about one, `parley run NAME` runs it."},
        nullptr, argc, argv);
    if (!line || !line->file.empty() || !line->values.empty()) {
        fmt::print(stderr, "parley: error: {}\n",
                   line ? "list takes no arguments" : line.error().text);
        return usage;
    }
    const auto folder = pipelines_folder();
    const auto names = pipeline_names(folder);
    if (names.empty()) {
        fmt::print(stderr, "parley: error: there are no pipelines in {}\n", folder.string());
        return failed;
    }
    std::size_t width = 0;
    for (const auto& name : names)
        width = std::max(width, name.size());
    for (const auto& name : names) {
        const auto loaded = load_pipeline((folder / (name + ".pipeline")).string(), folder);
        const std::string text = loaded ? loaded->file.description() : loaded.error().text;
        fmt::print("{:<{}}  {}\n", name, width, text.substr(0, text.find('\n')));
    }
    return ended;
}

} // namespace parley::tools
