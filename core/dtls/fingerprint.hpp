// Certificate fingerprints as SDP carries them (RFC 8122, section 5).
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::dtls {

enum class HashAlgorithm : std::uint8_t { sha256, sha384, sha512 };

struct Fingerprint {
    HashAlgorithm algorithm = HashAlgorithm::sha256;
    std::array<std::uint8_t, 64> digest{};
    std::size_t size = 0;

    /// Takes the value of a=fingerprint, "sha-256 AB:CD:...". Nothing for a weaker or unknown hash,
    /// or a digest of the wrong length.
    static std::optional<Fingerprint> parse(std::string_view text);
    static Fingerprint of(Bytes certificate_der, HashAlgorithm algorithm);

    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] Bytes bytes() const { return {digest.data(), size}; }
    /// Whether this certificate has this fingerprint; compared in constant time.
    [[nodiscard]] bool matches(Bytes certificate_der) const;
    bool operator==(const Fingerprint& other) const;
};

} // namespace parley::dtls
