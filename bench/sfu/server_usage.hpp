// What a server process has used: CPU time, memory, threads.
#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <sys/types.h>

#include <cstdint>

namespace parley::bench {

struct ServerUsage {
    Duration cpu{};              ///< of all threads, also those that have ended; in nanoseconds
    std::uint64_t rss = 0;       ///< bytes
    std::uint64_t anonymous = 0; ///< bytes of it that no file backs: heap, stacks
    std::uint64_t threads = 0;
};

/// The CPU time alone: one system call, by the process' CPU-time clock.
Result<Duration> server_cpu(pid_t pid);
Result<ServerUsage> server_usage(pid_t pid);

} // namespace parley::bench
