// The command line of one command: GOption, with the file and its name=value pairs behind it.
#pragma once

#include "core/base/result.hpp"
#include "tools/pipeline_file.hpp"

#include <glib.h>

#include <string>

namespace parley::tools {

struct CommandLine {
    std::string file; ///< empty where none was given
    Values values;
};

/// What a command's --help says.
struct Help {
    const char* command;   ///< "run"
    const char* arguments; ///< "FILE [name=value ...]"
    const char* summary;
    const char* description; ///< printed below the options
};

/// Parses `entries` (may be null), GStreamer's own options, the file and the values. Initialises
/// GStreamer. --help prints and exits.
Result<CommandLine> parse_command_line(const Help& help, const GOptionEntry* entries, int argc,
                                       char** argv);

} // namespace parley::tools
