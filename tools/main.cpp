// `parley`: finds the command that was asked for.
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

namespace parley::tools {
namespace {

constexpr std::array all_commands{
    Command{"run", "run a pipeline file", run_command},
    Command{"list", "list the pipelines that come with Parley", list_command},
    Command{"describe", "say what a pipeline file is for and which variables it takes",
            describe_command},
    Command{"check", "parse a pipeline file without starting it", check_command},
    Command{"ctl", "ask and steer a pipeline that runs", ctl_command},
    Command{"verify", "prove that a recording was not altered", verify_command},
};

void print_help(std::FILE* to) {
    fmt::print(to, "Usage: parley COMMAND ...\n\nWebRTC rooms as GStreamer pipelines.\n\n");
    for (const auto& command : commands()) {
        fmt::print(to, "  {:<10} {}\n", command.name, command.summary);
    }
    fmt::print(to, "\n`parley COMMAND --help` explains a command.\n");
}

int dispatch(int argc, char** argv) {
    const std::string_view wanted = argc > 1 ? argv[1] : "";
    if (wanted == "--version") {
        fmt::print("parley {}\n", PARLEY_VERSION);
        return ended;
    }
    if (wanted.empty() || wanted == "--help" || wanted == "-h" || wanted == "help") {
        print_help(wanted.empty() ? stderr : stdout);
        return wanted.empty() ? usage : ended;
    }
    std::vector<std::string> known;
    for (const auto& command : commands()) {
        if (command.name == wanted) return command.run(argc - 1, argv + 1);
        known.emplace_back(command.name);
    }
    fmt::print(stderr, "parley: there is no command \"{}\"{}; `parley --help` lists them\n", wanted,
               did_you_mean(wanted, known));
    return usage;
}

} // namespace

std::span<const Command> commands() {
    return all_commands;
}

} // namespace parley::tools

int main(int argc, char** argv) {
    // Characters as the terminal writes them; messages stay English, so that scripts can rely on
    // them and so that launch.cpp can read GStreamer's.
    std::setlocale(LC_CTYPE, "");
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    // A reader of our output that goes away must not take the room with it.
    std::signal(SIGPIPE, SIG_IGN);
    return parley::tools::dispatch(argc, argv);
}
