#include "net/local_addresses.hpp"

#include "net/socket_address.hpp"

#include <net/if.h>

#include <ifaddrs.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace parley::net {

std::vector<IpAddress> local_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> guard{list, &freeifaddrs};

    std::vector<IpAddress> addresses;
    for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
        if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_UP) == 0) continue;
        const int family = i->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        sockaddr_storage storage{};
        std::memcpy(&storage, i->ifa_addr,
                    family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        const auto address = to_endpoint(storage).address;
        if (address.is_loopback() || address.is_link_local()) continue;
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    return addresses;
}

} // namespace parley::net
