// Nanoseconds a packet of SRTP: protect and unprotect, every profile, a few payload sizes.
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace {

using namespace parley;

constexpr std::size_t header_size = 20; ///< with a one-word extension, as a forwarded packet has
constexpr std::size_t head_size = 26;   ///< and a VP8 descriptor that was rewritten
constexpr int packets = 20000;
constexpr int rounds = 15;

/// The best of several rounds: what the code costs when the machine leaves it alone.
template <class F>
double best_ns(F&& round) {
    double best = 1e18;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        round(i);
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count() / packets);
    }
    return best;
}

void write_header(std::uint8_t* packet, std::uint64_t index) {
    std::fill_n(packet, head_size, std::uint8_t{0});
    packet[0] = 0x90;
    packet[1] = 96;
    store_be16(packet + 2, static_cast<std::uint16_t>(index));
    store_be32(packet + 8, 0x12345678);
    store_be32(packet + 12, 0xBEDE0001);
}

void run(srtp::Profile profile, std::size_t size) {
    const srtp::MasterKey key;
    auto sender = srtp::Sender::create(profile, key);
    auto receiver = srtp::Receiver::create(profile, key);
    if (!sender || !receiver) return;
    const std::vector<std::uint8_t> payload(size - head_size, 0x5A);
    const auto stride = size + srtp::max_rtp_overhead;
    std::vector<std::uint8_t> arena(stride * packets);

    const auto protect_all = [&](int round) {
        for (int i = 0; i < packets; ++i) {
            const auto index = static_cast<std::uint64_t>(round) * packets + i;
            auto* packet = &arena[static_cast<std::size_t>(i) * stride];
            write_header(packet, index);
            sender->protect_rtp({packet, stride}, index, header_size, head_size, payload);
        }
    };
    const auto protect = best_ns(protect_all);

    double unprotect = 1e18;
    int refused = 0;
    for (int round = 0; round < rounds; ++round) {
        protect_all(round);
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < packets; ++i) {
            auto* packet = &arena[static_cast<std::size_t>(i) * stride];
            if (!receiver->unprotect_rtp({packet, size + srtp::rtp_overhead(profile)})) ++refused;
        }
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        unprotect = std::min(unprotect, took.count() / packets);
    }
    fmt::print("{:<28} {:>5} bytes   protect {:>5.0f} ns   unprotect {:>5.0f} ns{}\n",
               srtp::name(profile), size, protect, unprotect, refused != 0 ? "   REFUSED" : "");
}

} // namespace

int main() {
    for (const auto profile : srtp::all_profiles) {
        for (const std::size_t size : {120, 500, 1100})
            run(profile, size);
    }
}
