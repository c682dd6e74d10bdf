#include "recording/evidence/signing_key.hpp"

#include "recording/evidence/digest.hpp"
#include "recording/evidence/folder.hpp"
#include "recording/evidence/hex.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>

namespace parley::recording {
namespace {

constexpr std::size_t signature_size = 64;
constexpr std::size_t max_pem = 64 * 1024;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeContext>;

BioPtr bio_of(std::string_view text) {
    return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// Without this OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) {
    return -1;
}

std::string remedy() {
    return "; `openssl genpkey -algorithm ed25519 -out FILE` makes such a key";
}

Error named(const std::string& path, const Error& error) {
    return Error{path + ": " + error.text};
}

} // namespace

void detail::FreeKey::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

Result<PublicKey> PublicKey::of(evp_pkey_st* key) {
    if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return fail("is a key, but not an Ed25519 one");
    std::array<std::uint8_t, 32> raw{};
    std::size_t size = raw.size();
    const BioPtr out{BIO_new(BIO_s_mem())};
    if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || !out ||
        PEM_write_bio_PUBKEY(out.get(), key) != 1) {
        return fail("has no public half");
    }
    PublicKey made;
    char* text = nullptr;
    const auto length = BIO_get_mem_data(out.get(), &text);
    made.pem_.assign(text, static_cast<std::size_t>(length));
    made.fingerprint_ = to_hex(Bytes{Sha256::of(raw)}.first(8));
    made.key_.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), size));
    if (!made.key_) return fail("has no public half");
    return made;
}

Result<PublicKey> PublicKey::parse(std::string_view pem) {
    if (pem.size() > max_pem) return fail("is too large for a key");
    const auto bio = bio_of(pem);
    const detail::KeyPtr key{PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr)};
    ERR_clear_error();
    if (!key) {
        return fail("is not a public key in PEM; `openssl pkey -in KEY -pubout` prints one");
    }
    return of(key.get());
}

Result<PublicKey> PublicKey::load(const std::string& path) {
    const auto text = read_file(path, max_pem);
    if (!text) return tl::make_unexpected(text.error());
    auto key = parse(*text);
    if (!key) return tl::make_unexpected(named(path, key.error()));
    return key;
}

bool PublicKey::verify(Bytes message, std::string_view signature) const {
    const auto raw = from_base64(signature);
    if (!raw || raw->size() != signature_size) return false;
    const ContextPtr context{EVP_MD_CTX_new()};
    const bool good =
        context &&
        EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
        EVP_DigestVerify(context.get(), raw->data(), raw->size(), message.data(), message.size()) ==
            1;
    ERR_clear_error();
    return good;
}

Result<SigningKey> SigningKey::parse(std::string_view pem, std::string_view name) {
    if (pem.size() > max_pem) return fail(fmt::format("{}: is too large for a key", name));
    const auto bio = bio_of(pem);
    SigningKey made;
    made.key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    if (!made.key_) {
        const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
        return fail(fmt::format("{}: {}{}", name,
                                encrypted ? "is encrypted with a password, which nobody can be "
                                            "asked for"
                                          : "is not a private key in PEM",
                                remedy()));
    }
    auto half = PublicKey::of(made.key_.get());
    if (!half) return fail(fmt::format("{}: {}{}", name, half.error().text, remedy()));
    made.public_ = std::move(*half);
    return made;
}

Result<SigningKey> SigningKey::load(const std::string& path) {
    const auto text = read_file(path, max_pem);
    if (!text) return fail(text.error().text + remedy());
    return parse(*text, path);
}

Result<std::string> SigningKey::sign(Bytes message) const {
    std::array<std::uint8_t, signature_size> raw{};
    std::size_t size = raw.size();
    const ContextPtr context{EVP_MD_CTX_new()};
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), raw.data(), &size, message.data(), message.size()) != 1) {
        ERR_clear_error();
        return fail("cannot sign");
    }
    return to_base64(Bytes{raw}.first(size));
}

} // namespace parley::recording
