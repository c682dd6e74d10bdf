// Addresses without socket headers: what ICE calls a five-tuple.
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// An IPv4 or IPv6 address; IPv4 is kept v4-mapped (::ffff:a.b.c.d), so that one type serves both.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
    /// Takes "192.0.2.1", "2001:db8::1"; nothing for anything else (no names, no ports).
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_link_local() const;
    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] std::string to_string() const;
    auto operator<=>(const IpAddress&) const = default; // NOLINT(modernize-use-nullptr)
};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    [[nodiscard]] std::string to_string() const; ///< "192.0.2.1:5000", "[2001:db8::1]:5000"
    auto operator<=>(const Endpoint&) const = default;
};

enum class Protocol : std::uint8_t { udp, tcp };

/// One path to a peer. For TCP `connection` tells two connections from one another; 0 for UDP.
struct Flow {
    Endpoint remote;
    IpAddress local; ///< the address of ours that the peer sent to: answers leave from it
    Protocol protocol = Protocol::udp;
    std::uint32_t connection = 0;

    auto operator<=>(const Flow&) const = default;
};

struct FlowHash {
    std::size_t operator()(const Flow& flow) const noexcept {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::memcpy(&high, flow.remote.address.bytes.data(), 8);
        std::memcpy(&low, flow.remote.address.bytes.data() + 8, 8);
        std::uint64_t mix = high ^ (low * 0x9E3779B97F4A7C15ULL);
        mix ^= (std::uint64_t{flow.connection} << 16 | flow.remote.port) * 0xC2B2AE3D27D4EB4FULL;
        mix ^= mix >> 29;
        return static_cast<std::size_t>(mix * 0x165667B19E3779F9ULL);
    }
};

} // namespace parley
