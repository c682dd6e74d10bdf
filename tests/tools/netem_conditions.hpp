// The words in which the relay is told its network conditions, on the command line and on stdin.
#pragma once

#include "core/base/result.hpp"
#include "core/netem/link.hpp"

#include <string>
#include <string_view>

namespace parley::netem {

struct Conditions {
    LinkConfig up;   ///< from clients to the server
    LinkConfig down; ///< from the server to clients
};

/// One word and its value, both directions unless it says one:
///     loss 10            percent, independent
///     burst-loss 3,30,0,100   percent: good to bad, bad to good, loss in good, loss in bad
///     delay 20           ms
///     jitter 5           ms, standard deviation
///     reorder 1          percent
///     duplicate 1        percent
///     rate 1000          kbit/s, 0 for no limit
///     queue 64           KiB that wait for the rate, 0 for no bound
///     block, unblock
///     up loss 10, down delay 100
Result<void> apply(Conditions& conditions, std::string_view line);

/// As apply(), for command-line options: "--up-loss" and "10".
Result<void> apply_option(Conditions& conditions, std::string_view option, std::string_view value);
/// Whether the option stands alone.
bool is_flag(std::string_view option);

} // namespace parley::netem
