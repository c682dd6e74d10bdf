#include "recording/evidence/signed_text.hpp"

#include "elements/common/json.hpp"
#include "recording/evidence/folder.hpp"
#include "recording/evidence/hex.hpp"

#include <algorithm>

namespace parley::recording {

Result<DetachedSignature> parse_signature(std::string_view text) {
    PARLEY_READ(document, json::Document::parse_object(text));
    const auto object = document.root();
    PARLEY_READ(algorithm, object.text("algorithm"));
    if (algorithm != "Ed25519") return fail("algorithm: must be Ed25519");
    PARLEY_READ(pem, object.text("public_key"));
    auto key = PublicKey::parse(pem);
    if (!key) return fail("public_key: " + key.error().text);
    PARLEY_READ(signature, object.text("signature"));
    PARLEY_READ(hex, object.text("chain_head"));
    const auto bytes = from_hex(hex);
    DetachedSignature made{std::move(*key), std::move(signature), {}};
    if (!bytes || bytes->size() != made.head.size()) {
        return fail("chain_head: must be 64 hexadecimal digits");
    }
    std::copy(bytes->begin(), bytes->end(), made.head.begin());
    return made;
}

Result<void> write_signature(const std::string& folder, std::string_view name,
                             std::string_view text, const SigningKey& key, const Digest& head) {
    auto signature = key.sign(as_bytes(text));
    if (!signature) return tl::make_unexpected(signature.error());
    json::Writer writer;
    writer.begin_object().member("algorithm", "Ed25519").member("public_key", key.public_pem());
    writer.member("signature", *signature).member("chain_head", to_hex(head)).end_object();
    return write_atomically(folder, name, writer.take() + '\n');
}

} // namespace parley::recording
