// This machine's addresses, for host candidates.
#pragma once

#include "core/base/endpoint.hpp"

#include <vector>

namespace parley::net {

/// Addresses of interfaces that are up; without link-local ones (a candidate cannot carry their
/// scope) and without loopback ones.
std::vector<IpAddress> local_addresses();

} // namespace parley::net
