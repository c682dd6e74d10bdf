// `parley check`: parses a pipeline file as `parley run` would, and starts nothing.
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/launch.hpp"
#include "tools/library.hpp"
#include "tools/options.hpp"

#include <fmt/format.h>

namespace parley::tools {

int check_command(int argc, char** argv) {
    const auto line = parse_command_line(
        {"check", "FILE [name=value ...]",
         "Parses a pipeline file as `parley run` would, and starts nothing.",
         "Names every element that is missing, with the Debian package that has it.\n\n"
         "Exit codes: 0 it could be started; 2 wrong usage or a mistake in the file; 3 elements or "
         "properties are missing.\n"},
        nullptr, argc, argv);
    const auto refuse = [](std::string_view text, ExitCode code) {
        fmt::print(stderr, "parley: error: {}\n", text);
        return code;
    };
    if (!line) return refuse(line.error().text, usage);
    if (line->file.empty()) return refuse("which pipeline? `parley check FILE`", usage);
    const auto loaded = load_pipeline(line->file, pipelines_folder());
    if (!loaded) return refuse(loaded.error().text, usage);
    const auto path = loaded->path.string();
    const auto text = loaded->file.expand(line->values);
    if (!text) return refuse(fmt::format("{}: {}", path, text.error().text), usage);
    find_own_elements();
    const auto launched = launch(*text);
    for (const auto& problem : launched.problems) {
        refuse(fmt::format("{}: {}", path, problem), cannot_start);
    }
    if (!launched.pipeline) return cannot_start;
    fmt::print("{}: all its elements and properties are here\n", path);
    return ended;
}

} // namespace parley::tools
