#include "net/tcp_listener.hpp"

#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace parley::net {

namespace {
constexpr int backlog = 1024;

Result<FileDescriptor> open(int family, std::uint16_t port) {
    FileDescriptor fd{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return fail(describe_errno("cannot open a TCP socket", errno));
    const int on = 1;
    const int off = 0;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    const auto any = family == AF_INET ? IpAddress::v4(0, 0, 0, 0) : IpAddress{};
    auto address = to_socket_address({any, port}, family);
    if (::bind(fd.get(), address.data(), address.size) != 0 || ::listen(fd.get(), backlog) != 0) {
        return fail(describe_errno(fmt::format("cannot listen on TCP port {}", port), errno));
    }
    return fd;
}
} // namespace

Result<TcpListener> TcpListener::listen(std::uint16_t port) {
    // One dual-stack socket; a machine without IPv6 has IPv4 alone.
    auto fd = open(AF_INET6, port);
    if (!fd) fd = open(AF_INET, port);
    if (!fd) return tl::make_unexpected(fd.error());
    return TcpListener{std::move(*fd)};
}

std::optional<TcpListener::Accepted> TcpListener::accept() {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    FileDescriptor fd{::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) return {};
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage own{};
    size = sizeof own;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size);
    return Accepted{std::move(fd), to_endpoint(peer), to_endpoint(own).address};
}

} // namespace parley::net
