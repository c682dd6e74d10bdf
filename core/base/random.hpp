// Randomness that outsiders cannot guess (keys, ids, SSRCs), from OpenSSL's generator.
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>
#include <string>

namespace parley {

void fill_random(MutBytes out);
std::uint32_t random_u32();
std::uint64_t random_u64();
/// `length` characters of the ICE alphabet (RFC 8839, section 5.4), six bits each.
std::string random_token(std::size_t length);

} // namespace parley
