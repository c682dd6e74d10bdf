// The commands of `parley`: each takes its own arguments, argv[0] being the command's name, and
// gives the exit code.
#pragma once

#include <span>
#include <string_view>

namespace parley::tools {

int run_command(int argc, char** argv);
int list_command(int argc, char** argv);
int describe_command(int argc, char** argv);
int check_command(int argc, char** argv);
int ctl_command(int argc, char** argv);
int verify_command(int argc, char** argv);

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(int argc, char** argv);
};

std::span<const Command> commands();

} // namespace parley::tools
