// Small text tools that the SDP parsers share.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley::sdp::text {

/// Takes the next word, up to `separator`, off the front of `rest`; runs of it count as one.
inline std::string_view take_word(std::string_view& rest, char separator = ' ') {
    while (!rest.empty() && rest.front() == separator)
        rest.remove_prefix(1);
    const auto end = std::min(rest.find(separator), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end);
    while (!rest.empty() && rest.front() == separator)
        rest.remove_prefix(1);
    return word;
}

/// Takes everything up to the first `separator` (or all), and the separator, off the front.
inline std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

/// A decimal number that is the whole of `word` and fits.
template <class T>
std::optional<T> number(std::string_view word) {
    T value{};
    const auto* const end = word.data() + word.size();
    const auto [at, error] = std::from_chars(word.data(), end, value);
    if (error != std::errc{} || at != end || word.empty()) return std::nullopt;
    return value;
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view word) {
    std::string result{word};
    for (auto& c : result)
        c = lower(c);
    return result;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

/// token of RFC 8866, section 9.
inline bool is_token(std::string_view word) {
    constexpr std::string_view excluded = "\"(),/:;<=>?@[\\]";
    for (const char c : word) {
        if (c <= ' ' || c >= 127 || excluded.find(c) != std::string_view::npos) return false;
    }
    return !word.empty();
}

/// ice-char of RFC 8839, section 5.4.
inline bool is_ice_chars(std::string_view word) {
    for (const char c : word) {
        if (!is_alphanumeric(c) && c != '+' && c != '/') return false;
    }
    return !word.empty();
}

inline std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

} // namespace parley::sdp::text
