// `parley verify`: whether a recording is what was recorded.
#include "recording/evidence/verify.hpp"

#include "elements/common/gst_ptr.hpp"
#include "recording/evidence/hex.hpp"
#include "tools/commands.hpp"
#include "tools/options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::tools {
namespace {

constexpr int not_verified = 3;

int refuse(std::string_view text) {
    fmt::print(stderr, "parley: error: {}\n", text);
    return not_verified;
}

} // namespace

int verify_command(int argc, char** argv) {
    char* key_path = nullptr;
    char* anchor = nullptr;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"public-key", 0, 0, G_OPTION_ARG_FILENAME, &key_path,
         "Whose signature it has to be: an Ed25519 public key", "PEM"},
        {"anchor", 0, 0, G_OPTION_ARG_STRING, &anchor,
         "A head of the chain that was kept elsewhere, and has to be in it", "HEX"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", nullptr},
        {nullptr, 0, 0, G_OPTION_ARG_NONE, nullptr, nullptr, nullptr},
    };
    const auto line = parse_command_line(
        {"verify", "DIR", "Proves that a recording was not altered, or says what was.",
         "Exit codes: 0 good; 1 incomplete, but nothing altered; 2 altered; 3 could not be "
         "verified."},
        entries, argc, argv);
    const GStringPtr owned_key{key_path};
    const GStringPtr owned_anchor{anchor};
    if (!line) return refuse(line.error().text);
    if (line->file.empty() || !line->values.empty()) return refuse("verify takes one folder");

    recording::VerifyOptions options;
    Result<recording::PublicKey> key = fail("");
    if (key_path != nullptr) {
        key = recording::PublicKey::load(key_path);
        if (!key) return refuse("--public-key: " + key.error().text);
        options.key = &*key;
    }
    if (anchor != nullptr) {
        const auto bytes = recording::from_hex(anchor);
        recording::Digest digest{};
        if (!bytes || bytes->size() != digest.size()) {
            return refuse("--anchor: must be 64 hexadecimal digits");
        }
        std::copy(bytes->begin(), bytes->end(), digest.begin());
        options.anchor = digest;
    }
    auto folder = line->file;
    while (folder.size() > 1 && folder.back() == '/')
        folder.pop_back();
    const auto result = recording::verify(folder, options);
    if (!result) return refuse(result.error().text);
    fmt::print("{}", as_json ? to_json(*result) : to_text(*result));
    return static_cast<int>(result->result);
}

} // namespace parley::tools
