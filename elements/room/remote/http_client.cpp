#include "elements/room/remote/http_client.hpp"

#include <fmt/format.h>

namespace parley::room_elements {

Result<GstPtr<SoupSession>> make_http_client(const std::string& tls_ca) {
    auto session = adopt_ptr(soup_session_new());
    if (tls_ca.empty()) return session;
    GErrorOut error;
    const auto authorities = adopt_ptr(g_tls_file_database_new(tls_ca.c_str(), error));
    if (!authorities) return fail(fmt::format("tls-ca \"{}\": {}", tls_ca, error.message()));
    soup_session_set_tls_database(session.get(), G_TLS_DATABASE(authorities.get()));
    return session;
}

} // namespace parley::room_elements
