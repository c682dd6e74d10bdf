// The HTTP client of links to other servers.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"

#include <libsoup/soup.h>

#include <string>

namespace parley::room_elements {

/// For the thread's default main context. Certificates are checked: against the authorities in the
/// PEM file `tls_ca` where one is named, else against the system's.
Result<GstPtr<SoupSession>> make_http_client(const std::string& tls_ca);

} // namespace parley::room_elements
