#include "recording/evidence/hex.hpp"

#include <array>

namespace parley::recording {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const auto at = hex_digits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

} // namespace

std::string to_hex(Bytes bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return bytes;
}

std::string to_base64(Bytes bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto rest = bytes.size() - i;
        const unsigned group = unsigned{bytes[i]} << 16 |
                               (rest > 1 ? unsigned{bytes[i + 1]} << 8 : 0U) |
                               (rest > 2 ? unsigned{bytes[i + 2]} : 0U);
        text += base64_digits[group >> 18];
        text += base64_digits[group >> 12 & 63];
        text += rest > 1 ? base64_digits[group >> 6 & 63] : '=';
        text += rest > 2 ? base64_digits[group & 63] : '=';
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            group <<= 6;
            if (i + k >= text.size() - padding) continue;
            const auto digit = base64_digits.find(text[i + k]);
            if (digit == std::string_view::npos) return std::nullopt;
            group |= static_cast<unsigned>(digit);
        }
        bytes.push_back(static_cast<std::uint8_t>(group >> 16));
        bytes.push_back(static_cast<std::uint8_t>(group >> 8));
        bytes.push_back(static_cast<std::uint8_t>(group));
    }
    bytes.resize(bytes.size() - padding);
    // One text for one signature: bits that are cut off have to be 0.
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

} // namespace parley::recording
