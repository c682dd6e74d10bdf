// `parley ctl`: asks and steers a running pipeline through its control socket.
#include "tools/commands.hpp"
#include "tools/control_client.hpp"
#include "tools/exit_code.hpp"
#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {
namespace {

constexpr auto help =
    "Usage: parley ctl SOCKET COMMAND ...\n\n"
    "Asks and steers a pipeline that was started with `parley run --control=SOCKET`.\n\n"
    "  list                              its elements\n"
    "  stats                             the statistics of all of them\n"
    "  properties ELEMENT                all that can be read\n"
    "  get ELEMENT PROPERTY\n"
    "  set ELEMENT PROPERTY VALUE        as one would write it in a pipeline\n"
    "  action ELEMENT SIGNAL [VALUE ...] emits an action signal\n"
    "  watch                             the elements, then what happens, a JSON object a line\n"
    "  stop                              ends the pipeline as Ctrl-C does\n\n"
    "What is printed is JSON. Exit codes: 0 done; 1 refused, or not to be reached; 2 wrong "
    "usage.\n";

struct Verb {
    std::string_view name;
    std::size_t least;
    std::size_t most;
};
constexpr std::array verbs{
    Verb{"list", 0, 0}, Verb{"stats", 0, 0},   Verb{"properties", 1, 1}, Verb{"get", 2, 2},
    Verb{"set", 3, 3},  Verb{"action", 2, 18}, Verb{"watch", 0, 0},      Verb{"stop", 0, 0},
};

std::string request_of(std::string_view verb, const std::vector<std::string>& arguments) {
    json::Writer writer;
    writer.begin_object().member("type", verb).member("id", "1");
    if (!arguments.empty()) writer.member("element", arguments[0]);
    if (verb == "action") {
        writer.member("signal", arguments[1]).begin_array("arguments");
        for (std::size_t i = 2; i < arguments.size(); ++i)
            writer.element(arguments[i]);
        writer.end_array();
    } else if (arguments.size() > 1) {
        writer.member("property", arguments[1]);
        if (arguments.size() > 2) writer.member("value", arguments[2]);
    }
    writer.end_object();
    return writer.take();
}

int refuse(std::string_view text, ExitCode code) {
    fmt::print(stderr, "parley ctl: {}\n", text);
    return code;
}

} // namespace

int ctl_command(int argc, char** argv) {
    const std::vector<std::string> words{argv + 1, argv + argc};
    if (words.empty() || words[0] == "--help" || words[0] == "-h") {
        fmt::print(words.empty() ? stderr : stdout, "{}", help);
        return words.empty() ? usage : ended;
    }
    if (words.size() < 2) return refuse("which command? `parley ctl --help` lists them", usage);
    std::vector<std::string> names;
    const Verb* verb = nullptr;
    for (const auto& one : verbs) {
        names.emplace_back(one.name);
        if (one.name == words[1]) verb = &one;
    }
    if (verb == nullptr) {
        return refuse(fmt::format("there is no command \"{}\"{}; `parley ctl --help` lists them",
                                  words[1], did_you_mean(words[1], names)),
                      usage);
    }
    const std::vector<std::string> arguments{words.begin() + 2, words.end()};
    if (arguments.size() < verb->least || arguments.size() > verb->most) {
        return refuse(
            fmt::format("{}: wrong number of words; `parley ctl --help` shows them", verb->name),
            usage);
    }
    auto client = ControlClient::connect(words[0]);
    if (!client) return refuse(client.error().text, failed);
    if (const auto sent = client->send(request_of(verb->name, arguments)); !sent) {
        return refuse(sent.error().text, failed);
    }
    auto answer = client->answer();
    if (!answer) return refuse(answer.error().text, failed);
    if (*answer != "null") fmt::print("{}\n", *answer);
    if (verb->name != "watch") return ended;
    for (;;) {
        const auto line = client->line();
        if (!line) return refuse(line.error().text, failed);
        if (line->empty()) return ended;
        fmt::print("{}\n", *line);
    }
}

} // namespace parley::tools
