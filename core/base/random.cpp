#include "core/base/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

namespace parley {

void fill_random(MutBytes out) {
    // Without randomness there is no security to offer: stopping is the only honest answer.
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

std::uint32_t random_u32() {
    std::array<std::uint8_t, 4> bytes;
    fill_random(bytes);
    return load_be32(bytes.data());
}

std::uint64_t random_u64() {
    std::array<std::uint8_t, 8> bytes;
    fill_random(bytes);
    return load_be64(bytes.data());
}

std::string random_token(std::size_t length) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string token(length, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(token.data()), token.size()});
    for (char& c : token)
        c = alphabet[static_cast<std::uint8_t>(c) & 63];
    return token;
}

} // namespace parley
