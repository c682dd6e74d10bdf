#include "tools/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::tools {
namespace {

std::string url(std::string_view host, std::string_view port, bool tls) {
    const std::string_view usual = tls ? "443" : "80";
    return fmt::format("{}://{}{}{}", tls ? "https" : "http", host, port == usual ? "" : ":",
                       port == usual ? "" : port);
}

std::string host_of(const IpAddress& address) {
    return address.is_v4() ? address.to_string() : fmt::format("[{}]", address.to_string());
}

} // namespace

std::vector<std::string> open_addresses(std::string_view listen, bool tls,
                                        const std::vector<IpAddress>& local) {
    const auto colon = listen.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::string_view host = listen.substr(0, colon);
    const std::string_view port = listen.substr(colon + 1);
    if (port.empty() ||
        !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return {};
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address && !host.empty() && host != "*") return {url(host, port, tls)};

    const bool all = !address || address->is_unspecified();
    if (!all && !address->is_loopback()) return {url(host_of(*address), port, tls)};
    // Browsers take "localhost" for both loopback addresses, and for secure without TLS.
    std::vector<std::string> urls{url("localhost", port, tls)};
    if (!all) return urls;
    for (const bool v4 : {true, false}) {
        if (!v4 && address && address->is_v4()) continue;
        for (const auto& each : local) {
            if (each.is_v4() == v4) urls.push_back(url(host_of(each), port, tls));
        }
    }
    return urls;
}

} // namespace parley::tools
