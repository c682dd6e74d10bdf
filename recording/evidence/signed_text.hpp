// A signature beside the file that it is of: NAME.sig.
#pragma once

#include "core/base/result.hpp"
#include "recording/evidence/events.hpp"
#include "recording/evidence/signing_key.hpp"

#include <string>
#include <string_view>

namespace parley::recording {

struct DetachedSignature {
    PublicKey key;
    std::string signature; ///< base64, over the file's bytes
    Digest head{};         ///< of the chain, when it was made
};

Result<DetachedSignature> parse_signature(std::string_view text);
/// `name` is the signature's file name.
Result<void> write_signature(const std::string& folder, std::string_view name,
                             std::string_view text, const SigningKey& key, const Digest& head);

} // namespace parley::recording
