// A BIO that keeps datagrams apart: one read takes one datagram, one write makes one.
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <vector>

struct bio_st;

namespace parley::dtls {

/// What stands behind the BIO. Must outlive it.
struct DatagramQueue {
    std::optional<Bytes> incoming; ///< the one datagram that was not read yet
    std::vector<std::vector<std::uint8_t>> outgoing;
};

/// A new BIO over `queue`; nullptr when OpenSSL lacks memory. The caller (or the SSL that it is
/// given to) owns it.
bio_st* make_datagram_bio(DatagramQueue& queue);

} // namespace parley::dtls
