// `parley check`: parses a pipeline file as `parley run` would, and starts nothing.
#include "elements/common/json.hpp"
#include "tools/commands.hpp"
#include "tools/elements.hpp"
#include "tools/exit_code.hpp"
#include "tools/launch.hpp"
#include "tools/library.hpp"
#include "tools/options.hpp"
#include "tools/reporter.hpp"

#include <fmt/format.h>

namespace parley::tools {

namespace {

/// {"type": "checked", "file": ..., "elements": [{"name": ..., "factory": ...}]}
std::string checked(const std::string& path, GstElement* pipeline) {
    json::Writer writer;
    writer.begin_object().member("type", "checked").member("file", path).begin_array("elements");
    for_each_element(GST_BIN(pipeline), [&](GstElement* element) {
        auto* const factory = gst_element_get_factory(element);
        writer.begin_object()
            .member("name", GST_OBJECT_NAME(element))
            .member("factory", factory != nullptr ? GST_OBJECT_NAME(factory) : "")
            .end_object();
    });
    return writer.end_array().end_object().take();
}

} // namespace

int check_command(int argc, char** argv) {
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object a line", nullptr},
        {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr},
    };
    const auto line = parse_command_line(
        {"check", "FILE [name=value ...]",
         "Parses a pipeline file as `parley run` would, and starts nothing.",
         "Names every element that is missing, with the Debian package that has it.\n\n"
         "Exit codes: 0 it could be started; 2 wrong usage or a mistake in the file; 3 elements or "
         "properties are missing.\n"},
        entries, argc, argv);
    Reporter reporter{json != FALSE};
    const auto refuse = [&](std::string_view text, ExitCode code) {
        reporter.error("", text);
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
    if (json) {
        fmt::print("{}\n", checked(path, launched.pipeline.get()));
    } else {
        fmt::print("{}: all its elements and properties are here\n", path);
    }
    return ended;
}

} // namespace parley::tools
