#include "core/srtp/profile.hpp"

#include <openssl/crypto.h>

namespace parley::srtp {

std::string_view name(Profile profile) {
    switch (profile) {
    case Profile::aes128_cm_hmac_sha1_80:
        return "SRTP_AES128_CM_HMAC_SHA1_80";
    case Profile::aead_aes_128_gcm:
        return "SRTP_AEAD_AES_128_GCM";
    case Profile::aead_aes_256_gcm:
        return "SRTP_AEAD_AES_256_GCM";
    }
    return {};
}

const char* openssl_name(Profile profile) {
    switch (profile) {
    case Profile::aes128_cm_hmac_sha1_80:
        return "SRTP_AES128_CM_SHA1_80";
    case Profile::aead_aes_128_gcm:
        return "SRTP_AEAD_AES_128_GCM";
    case Profile::aead_aes_256_gcm:
        return "SRTP_AEAD_AES_256_GCM";
    }
    return "";
}

std::optional<Profile> profile_from_id(std::uint16_t id) {
    for (const auto profile : all_profiles) {
        if (static_cast<std::uint16_t>(profile) == id) return profile;
    }
    return {};
}

std::optional<Profile> profile_from_name(std::string_view iana_name) {
    for (const auto profile : all_profiles) {
        if (name(profile) == iana_name) return profile;
    }
    return {};
}

MasterKey::~MasterKey() {
    OPENSSL_cleanse(key.data(), key.size());
    OPENSSL_cleanse(salt.data(), salt.size());
}

} // namespace parley::srtp
