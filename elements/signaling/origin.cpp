#include "elements/signaling/origin.hpp"

#include "elements/common/gst_ptr.hpp"

namespace parley::signaling {

bool origin_allowed(const Config& config, const std::string& origin) {
    if (origin.empty() || !config.trusts_loopback()) return true;
    const auto uri = adopt_ptr(g_uri_parse(origin.c_str(), G_URI_FLAGS_NONE, nullptr));
    if (!uri) return false;
    const std::string host{g_uri_get_host(uri.get()) ? g_uri_get_host(uri.get()) : ""};
    if (host == "localhost") return true;
    const auto address = IpAddress::parse(host);
    return address && address->is_loopback();
}

} // namespace parley::signaling
