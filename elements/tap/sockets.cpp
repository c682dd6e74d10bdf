// Where a tap's socket comes from.
#include "elements/tap/client.hpp"
#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>

namespace parley::tap {
namespace {

std::string_view remedy(int error) {
    switch (error) {
    case ENOENT:
        return "; is the server running, with tap-socket set to this path?";
    case ECONNREFUSED:
        return "; the server that made this socket is gone: start it again";
    case EACCES:
    case EPERM:
        return "; the socket is for its owner's group: join that, or run as that user";
    case EAGAIN:
        return "; too many clients are connecting: try again";
    case EPROTOTYPE:
        return "; this is a socket of another kind, not a tap";
    default:
        return "";
    }
}

int option(int fd, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

} // namespace

Result<net::FileDescriptor> connect_tap(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return fail(
            fmt::format("cannot connect to the tap \"{}\": the path must have 1 to {} bytes", path,
                        sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    net::FileDescriptor fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return fail(net::describe_errno("cannot make a socket for a tap", errno));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        const int error = errno;
        return fail(
            net::describe_errno("cannot connect to the tap " + path, error).append(remedy(error)));
    }
    return fd;
}

Result<net::FileDescriptor> inherited_tap(const std::string& uri) {
    constexpr std::string_view scheme = "fd:";
    const std::string_view view{uri};
    int number = -1;
    const auto digits = view.substr(std::min(scheme.size(), view.size()));
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (view.substr(0, scheme.size()) != scheme || parsed.ec != std::errc{} ||
        parsed.ptr != digits.data() + digits.size() || number < 0) {
        return fail(fmt::format("\"{}\" names no tap: it must be fd:N, with the number of an "
                                "inherited descriptor",
                                uri));
    }
    // Checked before it is taken over: a descriptor that is something else is not ours to close.
    if (option(number, SO_DOMAIN) != AF_UNIX || option(number, SO_TYPE) != SOCK_SEQPACKET) {
        return fail(fmt::format("{} is no tap: it must be a Unix seqpacket socket that the parent "
                                "process has passed on",
                                uri));
    }
    if (::fcntl(number, F_SETFD, FD_CLOEXEC) < 0) {
        return fail(net::describe_errno("cannot take over " + uri, errno));
    }
    return net::FileDescriptor{number};
}

Result<net::FileDescriptor> next_inherited_tap(const std::string& list) {
    static std::mutex mutex;
    static std::set<std::string, std::less<>> taken; // mutex
    const std::lock_guard lock{mutex};
    std::string_view rest{list};
    while (!rest.empty()) {
        const auto uri = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(uri.size() + 1, rest.size()));
        if (!taken.insert(std::string{uri}).second) continue;
        return inherited_tap(std::string{uri});
    }
    return fail(fmt::format("every tap that this process has inherited (PARLEY_TAP={}) is taken by "
                            "another rtcroomsrc or rtcroomsink",
                            list));
}

} // namespace parley::tap
