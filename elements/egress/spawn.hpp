// The one way in which elements start programs.
#pragma once

#include "core/base/result.hpp"
#include "net/file_descriptor.hpp"

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace parley::egress {

struct Program {
    std::string path; ///< looked up in PATH where it has no slash
    std::vector<std::string> arguments;
    /// Set in its environment; an empty value takes the variable away.
    std::map<std::string, std::string> environment;
    /// Descriptors that it inherits, by the numbers that they have there. 0, 1 and 2 are ours where
    /// they are not named; no other is inherited.
    std::map<int, int> descriptors;
};

/// In a process group of its own, with no signal blocked or ignored.
Result<pid_t> spawn(const Program& program);

struct Finished {
    int status = 0; ///< as waitpid gives it
    std::string output;
};
/// Runs a program to its end, and gives back what it wrote to stdout and stderr.
Result<Finished> run_to_end(Program program);

/// "it was killed by SIGSEGV", "it ended with exit code 3".
std::string describe_exit(int status);

/// A pipe whose ends are closed on exec.
struct Pipe {
    net::FileDescriptor read;
    net::FileDescriptor write;
};
Result<Pipe> make_pipe();

} // namespace parley::egress
