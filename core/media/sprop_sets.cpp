#include "core/media/sprop_sets.hpp"

#include "core/base/bytes.hpp"
#include "core/media/parameter_sets.hpp"
#include "core/sdp/session_description.hpp"
#include "core/sdp/text.hpp"

#include <openssl/evp.h>

#include <utility>

namespace parley::media {

namespace {

std::vector<std::uint8_t> decode_base64(std::string_view text) {
    constexpr std::size_t block = 4;
    constexpr std::size_t decoded_block = 3;
    if (text.empty() || text.size() % block != 0 || text.size() > 2 * ParameterSets::max_set_size)
        return {};
    std::vector<std::uint8_t> bytes(text.size() / block * decoded_block);
    const auto encoded = as_bytes(text);
    const int size =
        EVP_DecodeBlock(bytes.data(), encoded.data(), static_cast<int>(encoded.size()));
    if (size < 0) return {};
    // Padding comes out as zeroes.
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

} // namespace

std::vector<std::vector<std::uint8_t>> sprop_sets(std::string_view fmtp, std::string_view name) {
    std::vector<std::vector<std::uint8_t>> sets;
    auto list = sdp::fmtp_value(fmtp, name).value_or("");
    while (!list.empty() && sets.size() < ParameterSets::max_sets) {
        auto nal = decode_base64(sdp::text::trim(sdp::text::take_until(list, ',')));
        if (!nal.empty()) sets.push_back(std::move(nal));
    }
    return sets;
}

} // namespace parley::media
