// What `parley` tells the shell. Part of the interface: docs and `parley run --help` list them.
#pragma once

namespace parley::tools {

enum ExitCode : int {
    ended = 0,          ///< the pipeline ended by itself, or as asked by Ctrl-C or SIGTERM
    failed = 1,         ///< an element failed while the pipeline ran
    usage = 2,          ///< wrong options, an unreadable file, a missing or unknown variable
    cannot_start = 3,   ///< a missing element, an unknown property, an address in use
    not_in_time = 4,    ///< asked to end, the pipeline did not within --grace
    stopped_hard = 130, ///< a second Ctrl-C
};

} // namespace parley::tools
