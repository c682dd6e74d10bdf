#include "net/tap_listener.hpp"

#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace parley::net {

namespace {

constexpr int backlog = 64;

bool in_use(const sockaddr_un& address) {
    const FileDescriptor probe{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

} // namespace

Result<TapListener> TapListener::listen(std::string path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return fail(fmt::format("tap-socket: a path has 1 to {} bytes, this one {}",
                                sizeof address.sun_path - 1, path.size()));
    }
    std::memcpy(address.sun_path, path.data(), path.size());

    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) {
            return fail(fmt::format("tap-socket: {} is there and is no socket", path));
        }
        if (in_use(address)) {
            return fail(fmt::format("tap-socket: another server uses {}", path));
        }
        ::unlink(path.c_str());
    }
    FileDescriptor fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    // The mode before anybody can connect: the socket does not listen yet.
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0660) != 0 || ::listen(fd.get(), backlog) != 0) {
        return fail(describe_errno(fmt::format("tap-socket: cannot listen on {}", path), errno));
    }
    return TapListener{std::move(fd), std::move(path)};
}

TapListener::~TapListener() {
    if (fd_) ::unlink(path_.c_str());
}

std::optional<FileDescriptor> TapListener::accept() {
    FileDescriptor accepted{::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!accepted) return std::nullopt;
    return accepted;
}

} // namespace parley::net
