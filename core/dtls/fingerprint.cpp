#include "core/dtls/fingerprint.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace parley::dtls {

namespace {

struct Hash {
    HashAlgorithm algorithm;
    std::string_view name;
    std::size_t size;
};

constexpr std::array<Hash, 3> hashes = {{
    {HashAlgorithm::sha256, "sha-256", 32},
    {HashAlgorithm::sha384, "sha-384", 48},
    {HashAlgorithm::sha512, "sha-512", 64},
}};

const EVP_MD* digest_of(HashAlgorithm algorithm) {
    switch (algorithm) {
    case HashAlgorithm::sha256:
        return EVP_sha256();
    case HashAlgorithm::sha384:
        return EVP_sha384();
    case HashAlgorithm::sha512:
        return EVP_sha512();
    }
    return EVP_sha256();
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

} // namespace

std::optional<Fingerprint> Fingerprint::parse(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return {};
    const auto name = text.substr(0, space);
    const auto hash = std::ranges::find_if(hashes, [&](const Hash& candidate) {
        return std::ranges::equal(name, candidate.name, {}, lower);
    });
    if (hash == hashes.end()) return {};

    const auto digits = text.substr(space + 1);
    if (digits.size() != hash->size * 3 - 1) return {};
    Fingerprint fingerprint;
    fingerprint.algorithm = hash->algorithm;
    fingerprint.size = hash->size;
    for (std::size_t i = 0; i < hash->size; ++i) {
        const auto high = hex_value(digits[3 * i]);
        const auto low = hex_value(digits[3 * i + 1]);
        if (high < 0 || low < 0) return {};
        if (i + 1 < hash->size && digits[3 * i + 2] != ':') return {};
        fingerprint.digest[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return fingerprint;
}

Fingerprint Fingerprint::of(Bytes certificate_der, HashAlgorithm algorithm) {
    Fingerprint fingerprint;
    fingerprint.algorithm = algorithm;
    unsigned size = 0;
    // A hash that fails leaves size 0, which matches nothing.
    if (EVP_Digest(certificate_der.data(), certificate_der.size(), fingerprint.digest.data(), &size,
                   digest_of(algorithm), nullptr) == 1) {
        fingerprint.size = size;
    }
    return fingerprint;
}

std::string Fingerprint::to_string() const {
    const auto hash = std::ranges::find(hashes, algorithm, &Hash::algorithm);
    std::string text{hash->name};
    char separator = ' ';
    for (const auto byte : bytes()) {
        fmt::format_to(std::back_inserter(text), "{}{:02X}", separator, byte);
        separator = ':';
    }
    return text;
}

bool Fingerprint::operator==(const Fingerprint& other) const {
    return algorithm == other.algorithm && size == other.size && size != 0 &&
           CRYPTO_memcmp(digest.data(), other.digest.data(), size) == 0;
}

bool Fingerprint::matches(Bytes certificate_der) const {
    return of(certificate_der, algorithm) == *this;
}

} // namespace parley::dtls
