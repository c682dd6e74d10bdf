// `parley run`: a pipeline file with its variables, run until it ends or is told to.
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/graphs.hpp"
#include "tools/launch.hpp"
#include "tools/library.hpp"
#include "tools/options.hpp"
#include "tools/reporter.hpp"
#include "tools/runner.hpp"
#include "tools/service_manager.hpp"

#include <fmt/format.h>

namespace parley::tools {
namespace {

constexpr int default_grace = 10;
constexpr int longest_grace = 24 * 3600;

constexpr auto description =
    "FILE is a path, \"-\" for standard input, or the name of a pipeline that comes with Parley\n"
    "(`parley list`). `parley describe FILE` shows its variables.\n"
    "\n"
    "Ctrl-C (SIGINT) ends the pipeline: servers tell their clients, files are finished. SIGTERM\n"
    "lets servers drain first (property drain-timeout). A second signal stops at once.\n"
    "\n"
    "As a systemd service (Type=notify) it is ready when the pipeline plays, and with "
    "WatchdogSec=\n"
    "tells the watchdog that it is well.\n"
    "\n"
    "Exit codes: 0 ended by itself or as asked; 1 an element failed while it ran; 2 wrong usage;\n"
    "3 it could not start; 4 it did not end within --grace; 130 stopped at once.\n";

} // namespace

int run_command(int argc, char** argv) {
    gboolean json = FALSE;
    int grace = default_grace;
    char* dot = nullptr;
    char* control = nullptr;
    gboolean once = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object a line", nullptr},
        {"grace", 0, 0, G_OPTION_ARG_INT, &grace,
         "How long the pipeline may take to end once told to (default 10)", "SECONDS"},
        {"dot", 0, 0, G_OPTION_ARG_FILENAME, &dot,
         "Leave graphs of the pipeline there (graphviz): paused, playing, at errors and at the end",
         "DIR"},
        {"control", 0, 0, G_OPTION_ARG_FILENAME, &control,
         "Listen there for `parley ctl`: the path of a Unix socket, or fd:N", "PATH"},
        {"once", 0, 0, G_OPTION_ARG_NONE, &once, "Do not begin again where the file says so",
         nullptr},
        {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr},
    };
    const auto line = parse_command_line({"run", "FILE [name=value ...]",
                                          "Runs a pipeline file, and prints what happens in its "
                                          "rooms, a line each.",
                                          description},
                                         entries, argc, argv);
    const GStringPtr dot_owned{dot};
    const GStringPtr control_owned{control};
    Reporter reporter{json != FALSE};
    const auto refuse = [&](std::string_view text, ExitCode code) {
        reporter.error("", text);
        return code;
    };
    if (!line) return refuse(line.error().text, usage);
    if (line->file.empty()) {
        return refuse("which pipeline? `parley run FILE`; `parley list` shows some", usage);
    }
    if (grace < 1 || grace > longest_grace) {
        return refuse(fmt::format("--grace is from 1 to {} seconds", longest_grace), usage);
    }
    RunOptions options{
        std::chrono::seconds{grace}, {}, {}, control != nullptr ? control : "", false};
    auto manager = ServiceManager::from_environment();
    if (!manager) return refuse(manager.error().text, usage);
    options.manager = std::move(*manager);
    const auto loaded = load_pipeline(line->file, pipelines_folder());
    if (!loaded) return refuse(loaded.error().text, usage);
    const auto text = loaded->file.expand(line->values);
    if (!text) {
        return refuse(fmt::format("{}: {}", loaded->path.string(), text.error().text), usage);
    }
    options.loop = loaded->file.loops() && once == FALSE;
    find_own_elements();
    auto launched = launch(*text);
    for (const auto& problem : launched.problems) {
        refuse(fmt::format("{}: {}", loaded->path.string(), problem), cannot_start);
    }
    if (!launched.pipeline) return cannot_start;
    if (dot != nullptr) {
        auto graphs = Graphs::into(dot);
        if (!graphs) return refuse(graphs.error().text, usage);
        options.graphs = std::move(*graphs);
    }
    return Runner{std::move(launched.pipeline), reporter, std::move(options)}.run();
}

} // namespace parley::tools
