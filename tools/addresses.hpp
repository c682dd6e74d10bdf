// The addresses to open in a browser, from what a server listens on.
#pragma once

#include "core/base/endpoint.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {

/// URLs for `listen` ("127.0.0.1:8080", "[::]:8443", "0.0.0.0:80"), the best for this machine's own
/// user first. Where it listens on all addresses: this machine's name for itself, then `local`.
/// Empty where `listen` cannot be read.
std::vector<std::string> open_addresses(std::string_view listen, bool tls,
                                        const std::vector<IpAddress>& local);

} // namespace parley::tools
