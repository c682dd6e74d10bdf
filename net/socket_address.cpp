#include "net/socket_address.hpp"

#include <fmt/format.h>

#include <cstring>
#include <system_error>

namespace parley::net {

SocketAddress to_socket_address(const Endpoint& endpoint, int family) {
    SocketAddress address;
    if (family == AF_INET) {
        auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, endpoint.address.bytes.data() + 12, 4);
        address.size = sizeof in;
    } else {
        auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(endpoint.port);
        std::memcpy(&in6.sin6_addr, endpoint.address.bytes.data(), 16);
        address.size = sizeof in6;
    }
    return address;
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
        const auto* raw = reinterpret_cast<const std::uint8_t*>(&in.sin_addr);
        return {IpAddress::v4(raw[0], raw[1], raw[2], raw[3]), ntohs(in.sin_port)};
    }
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
    Endpoint endpoint;
    std::memcpy(endpoint.address.bytes.data(), &in6.sin6_addr, 16);
    endpoint.port = ntohs(in6.sin6_port);
    return endpoint;
}

std::string describe_errno(const std::string& what, int error) {
    return fmt::format("{}: {}", what, std::generic_category().message(error));
}

} // namespace parley::net
