// `parley describe`: what a pipeline file says about itself, and its variables.
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/library.hpp"
#include "tools/options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::tools {
namespace {

std::string about(const Variable& variable) {
    std::string text = variable.help.empty() ? variable.message : variable.help;
    if (!variable.fallback) {
        text += text.empty() ? "must be given" : " (must be given)";
    } else if (!variable.fallback->empty()) {
        text += fmt::format("{}(default {})", text.empty() ? "" : " ", *variable.fallback);
    }
    return text;
}

} // namespace

int describe_command(int argc, char** argv) {
    const auto line = parse_command_line(
        {"describe", "FILE", "Says what a pipeline file is for and which variables it takes.",
         "FILE is a path, or the name of a pipeline that comes with Parley (`parley list`)."},
        nullptr, argc, argv);
    const auto refuse = [](std::string_view text) {
        fmt::print(stderr, "parley: error: {}\n", text);
        return usage;
    };
    if (!line) return refuse(line.error().text);
    if (line->file.empty() || !line->values.empty()) {
        return refuse("describe takes one pipeline file");
    }
    const auto loaded = load_pipeline(line->file, pipelines_folder());
    if (!loaded) return refuse(loaded.error().text);

    const auto& file = loaded->file;
    fmt::print("{}\n", loaded->path.string());
    if (!file.description().empty()) fmt::print("\n{}\n", file.description());
    if (file.variables().empty()) {
        fmt::print("\nIt takes no variables.\n");
        return ended;
    }
    std::size_t width = 0;
    for (const auto& variable : file.variables())
        width = std::max(width, variable.name.size());
    fmt::print("\nVariables:\n");
    for (const auto& variable : file.variables()) {
        fmt::print("  {:<{}}  {}\n", variable.name, width, about(variable));
    }
    return ended;
}

} // namespace parley::tools
