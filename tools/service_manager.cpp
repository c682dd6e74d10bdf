#include "tools/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace parley::tools {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::optional<std::int64_t> positive(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return {};
    return value;
}

/// Nothing where the text is no address: "/path", or "@name" for the abstract namespace.
std::optional<std::string> socket_address(std::string_view text) {
    sockaddr_un address{};
    if (text.size() < 2 || text.size() >= sizeof address.sun_path) return {};
    if (text.front() != '/' && text.front() != '@') return {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, text.data(), text.size());
    if (text.front() == '@') address.sun_path[0] = '\0';
    // An abstract name is as long as the address says; a path may go without its final zero.
    return std::string{reinterpret_cast<const char*>(&address),
                       offsetof(sockaddr_un, sun_path) + text.size()};
}

/// Half the time after which the watchdog bites.
Result<std::chrono::milliseconds> watchdog_interval() {
    const auto limit = variable("WATCHDOG_USEC");
    const auto pid = variable("WATCHDOG_PID");
    // Inherited through a process that was meant itself.
    if (limit.empty() || (!pid.empty() && positive(pid) != getpid())) {
        return std::chrono::milliseconds{0};
    }
    const auto microseconds = positive(limit);
    if (!microseconds) {
        return fail(fmt::format("WATCHDOG_USEC is \"{}\", not a number of microseconds", limit));
    }
    constexpr std::int64_t longest_ms = 3'600'000;
    return std::chrono::milliseconds{std::clamp<std::int64_t>(*microseconds / 2000, 1, longest_ms)};
}

} // namespace

Result<ServiceManager> ServiceManager::from_environment() {
    ServiceManager manager;
    const auto where = variable("NOTIFY_SOCKET");
    if (where.empty()) return manager;
    auto address = socket_address(where);
    if (!address) {
        return fail(fmt::format("NOTIFY_SOCKET is \"{}\", neither a path nor an abstract socket's "
                                "@name",
                                where));
    }
    auto interval = watchdog_interval();
    if (!interval) return tl::make_unexpected(interval.error());
    manager.socket_ = net::FileDescriptor{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!manager.socket_) return fail(fmt::format("no socket: {}", std::strerror(errno)));
    manager.address_ = std::move(*address);
    manager.alive_every_ = *interval;
    return manager;
}

void ServiceManager::ready() const {
    send("READY=1\nSTATUS=The pipeline plays");
}
void ServiceManager::stopping() const {
    send("STOPPING=1\nSTATUS=The pipeline is ending");
}
void ServiceManager::alive() const {
    send("WATCHDOG=1");
}

/// A manager that does not listen is its own affair: the pipeline runs on.
void ServiceManager::send(std::string_view text) const {
    if (!socket_) return;
    ::sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(address_.data()),
             static_cast<socklen_t>(address_.size()));
}

} // namespace parley::tools
