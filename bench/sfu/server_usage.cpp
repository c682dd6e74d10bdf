#include "bench/sfu/server_usage.hpp"

#include <fmt/format.h>

#include <time.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace parley::bench {
namespace {

/// A line "Name:   value kB" of a /proc file.
std::uint64_t field(const std::string& path, const std::string& name) {
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name + ":")) continue;
        std::istringstream words{line.substr(name.size() + 1)};
        std::uint64_t value = 0;
        words >> value;
        return value;
    }
    return 0;
}

} // namespace

Result<Duration> server_cpu(pid_t pid) {
    clockid_t clock{};
    timespec used{};
    const int error = ::clock_getcpuclockid(pid, &clock);
    if (error != 0 || ::clock_gettime(clock, &used) != 0) {
        return fail(fmt::format("no CPU clock of process {}: is the server still there?", pid));
    }
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

Result<ServerUsage> server_usage(pid_t pid) {
    const auto cpu = server_cpu(pid);
    if (!cpu) return tl::make_unexpected(cpu.error());
    const auto folder = fmt::format("/proc/{}/", pid);
    constexpr std::uint64_t kilobyte = 1024;
    ServerUsage usage;
    usage.cpu = *cpu;
    usage.rss = field(folder + "status", "VmRSS") * kilobyte;
    usage.anonymous = field(folder + "status", "RssAnon") * kilobyte;
    usage.threads = field(folder + "status", "Threads");
    return usage;
}

} // namespace parley::bench
