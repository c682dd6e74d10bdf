#include "elements/signaling/config.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <system_error>

namespace parley::signaling {

Result<Endpoint> parse_listen(std::string_view text) {
    const auto refuse = [&] {
        return fail(fmt::format(
            "listen: \"{}\" is not ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:8443", text));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse();
    auto host = text.substr(0, colon);
    const auto port_text = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (error != std::errc{} || end != port_text.data() + port_text.size()) return refuse();

    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    if (!bracketed && host.find(':') != std::string_view::npos) return refuse();
    const auto address = IpAddress::parse(host);
    if (!address) return refuse();
    return Endpoint{*address, port};
}

Result<void> check(const Config& config) {
    if (!config.listen.address.is_loopback() && config.jwt_secret.empty() && !config.insecure) {
        return fail(fmt::format(
            "listen={} can be reached from other machines, and nobody would have to show a token: "
            "set jwt-secret, or insecure=true if everybody may come in",
            config.listen.to_string()));
    }
    if (config.tls_cert.empty() != config.tls_key.empty()) {
        return fail(config.tls_cert.empty() ? "tls-key is set without tls-cert"
                                            : "tls-cert is set without tls-key");
    }
    std::error_code ignored;
    if (!config.web_root.empty() &&
        !std::filesystem::is_regular_file(config.web_root + "/index.html", ignored)) {
        return fail(fmt::format("web-root: there is no index.html in {}", config.web_root));
    }
    return check(config.ice);
}

} // namespace parley::signaling
