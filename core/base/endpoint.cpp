#include "core/base/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace parley {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<IpAddress> parse_v4(std::string_view text) {
    std::array<std::uint8_t, 4> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[i]);
        if (error != std::errc{}) return {};
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (i < 3) {
            if (!text.starts_with('.')) return {};
            text.remove_prefix(1);
        }
    }
    if (!text.empty()) return {};
    return IpAddress::v4(parts[0], parts[1], parts[2], parts[3]);
}

/// Writes the groups of "a:b:c" into `out` and tells how many bytes they took (RFC 4291, 2.2). The
/// end of an address may be written as IPv4.
std::optional<std::size_t> parse_groups(std::string_view text, bool at_end,
                                        std::span<std::uint8_t, 16> out) {
    std::size_t size = 0;
    while (!text.empty()) {
        if (size == 16) return {};
        if (text.find('.') != std::string_view::npos && text.find(':') == std::string_view::npos) {
            const auto v4 = parse_v4(text);
            if (!v4 || !at_end || size > 12) return {};
            std::memcpy(out.data() + size, v4->bytes.data() + 12, 4);
            return size + 4;
        }
        std::uint16_t group = 0;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), group, 16);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (error != std::errc{} || digits > 4) return {};
        store_be16(out.data() + size, group);
        size += 2;
        text.remove_prefix(digits);
        if (text.empty()) break;
        if (!text.starts_with(':') || text.size() == 1) return {};
        text.remove_prefix(1);
    }
    return size;
}

} // namespace

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    std::memcpy(address.bytes.data(), mapped_prefix.data(), mapped_prefix.size());
    address.bytes[12] = a;
    address.bytes[13] = b;
    address.bytes[14] = c;
    address.bytes[15] = d;
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.find(':') == std::string_view::npos) return parse_v4(text);

    IpAddress address;
    std::array<std::uint8_t, 16> head{};
    std::array<std::uint8_t, 16> tail{};
    const auto gap = text.find("::");
    const auto head_size = parse_groups(text.substr(0, gap), gap == std::string_view::npos, head);
    if (!head_size) return {};
    if (gap == std::string_view::npos) {
        if (*head_size != 16) return {};
        address.bytes = head;
        return address;
    }
    const auto tail_size = parse_groups(text.substr(gap + 2), true, tail);
    if (!tail_size || *head_size + *tail_size > 14) return {};
    std::memcpy(address.bytes.data(), head.data(), *head_size);
    std::memcpy(address.bytes.data() + 16 - *tail_size, tail.data(), *tail_size);
    return address;
}

bool IpAddress::is_v4() const {
    return std::memcmp(bytes.data(), mapped_prefix.data(), mapped_prefix.size()) == 0;
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes[12] == 127;
    IpAddress one;
    one.bytes[15] = 1;
    return *this == one;
}

bool IpAddress::is_link_local() const {
    if (is_v4()) return bytes[12] == 169 && bytes[13] == 254;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bool IpAddress::is_unspecified() const {
    return *this == IpAddress{} || *this == v4(0, 0, 0, 0);
}

std::string IpAddress::to_string() const {
    if (is_v4()) return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);

    // RFC 5952: the longest run of two or more zero groups becomes "::".
    std::array<std::uint16_t, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = load_be16(bytes.data() + 2 * i);
    std::size_t best = 8;
    std::size_t best_length = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t length = 0;
        while (i + length < 8 && groups[i + length] == 0)
            ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
        if (length > 0) i += length;
    }
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            text += "::";
            i += best_length - 1;
            continue;
        }
        if (!text.empty() && !text.ends_with(':')) text += ':';
        fmt::format_to(std::back_inserter(text), "{:x}", groups[i]);
    }
    return text;
}

std::string Endpoint::to_string() const {
    return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                           : fmt::format("[{}]:{}", address.to_string(), port);
}

} // namespace parley
