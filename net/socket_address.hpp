// Between core's Endpoint and the kernel's sockaddr.
#pragma once

#include "core/base/endpoint.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

namespace parley::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// `family` AF_INET needs a v4 endpoint; AF_INET6 takes v4 ones as v4-mapped.
SocketAddress to_socket_address(const Endpoint& endpoint, int family);
Endpoint to_endpoint(const sockaddr_storage& storage);

/// "what: the system's words", for errors.
std::string describe_errno(const std::string& what, int error);

} // namespace parley::net
