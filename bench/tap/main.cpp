// CPU time a packet from one pipeline to another on this machine: through taps, in this process and
// into a child, and through udpsink and udpsrc.
#include "bench/tap/path.hpp"
#include "core/rtp/packet.hpp"

#include <fmt/format.h>
#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <string_view>
#include <thread>

namespace {

using namespace parley;
using namespace parley::bench;

constexpr std::size_t packet_size = 1100;
constexpr unsigned packets_a_frame = 5;
constexpr unsigned packets_a_second = 5000;
constexpr unsigned frames_a_second = packets_a_second / packets_a_frame;
constexpr unsigned keyframe_interval = 100;
constexpr auto warm_up = 500ms;
constexpr auto measured = 3s;
constexpr unsigned rounds = 5;

/// VP8 as far as a router looks: a payload descriptor with a picture id, and a keyframe's header.
Frame make_frame(unsigned number) {
    Frame frame;
    frame.keyframe = number % keyframe_interval == 0;
    for (unsigned i = 0; i < packets_a_frame; ++i) {
        std::vector<std::uint8_t> packet(packet_size);
        rtp::FixedHeader header;
        header.marker = i + 1 == packets_a_frame;
        header.payload_type = 96;
        header.sequence = static_cast<std::uint16_t>(number * packets_a_frame + i);
        header.timestamp = number * (90'000 / frames_a_second);
        header.ssrc = rtp::Ssrc{0x1234};
        rtp::write_fixed_header(packet.data(), header);
        auto* payload = packet.data() + 12;
        payload[0] = static_cast<std::uint8_t>(i == 0 ? 0x90 : 0x80); // X, and S
        payload[1] = 0x80;                                            // I
        payload[2] = static_cast<std::uint8_t>(0x80 | (number >> 8 & 0x7F));
        payload[3] = static_cast<std::uint8_t>(number);
        if (i == 0) {
            constexpr std::array<std::uint8_t, 10> key{0x10, 0,    0, 0x9D, 0x01,
                                                       0x2A, 0x80, 2, 0xE0, 1};
            std::copy(key.begin(), key.end(), payload + 4);
            if (!frame.keyframe) payload[4] = 0x11;
        }
        frame.packets.push_back(std::move(packet));
    }
    return frame;
}

Duration own_cpu() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

struct Figures {
    double microseconds = 0; ///< CPU a delivered packet
    double delivered = 0;    ///< share of those sent
};

Figures measure(Path& path) {
    unsigned number = 0;
    auto next = std::chrono::steady_clock::now();
    const auto run = [&](Duration duration) {
        for (const auto end = next + duration; next < end; next += Duration{1s} / frames_a_second) {
            std::this_thread::sleep_until(next);
            path.send(make_frame(number++));
        }
    };
    run(warm_up);
    const auto delivered = path.delivered();
    const auto cpu = own_cpu() + path.cpu_elsewhere();
    const auto sent = number;
    run(measured);
    const auto packets = static_cast<double>(path.delivered() - delivered);
    const auto used = own_cpu() + path.cpu_elsewhere() - cpu;
    return {std::chrono::duration<double, std::micro>(used).count() / packets,
            packets / ((number - sent) * packets_a_frame)};
}

} // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view{argv[1]} == "--receive") return receive_in_child(3, 4);
    gst_init(&argc, &argv);
    using Make = std::function<Result<std::unique_ptr<Path>>()>;
    const std::vector<std::pair<const char*, Make>> paths{
        {"making packets", [] { return make_no_path(); }},
        {"udpsink, udpsrc", make_udp_path},
        {"tap", make_tap_path},
        {"tap, child", [] { return make_child_tap_path("/proc/self/exe"); }},
    };
    std::map<std::string_view, std::vector<double>> all;
    for (unsigned round = 0; round < rounds; ++round) {
        for (const auto& [name, make] : paths) {
            const auto path = make();
            if (!path) {
                fmt::print(stderr, "{}: {}\n", name, path.error().text);
                return EXIT_FAILURE;
            }
            const auto figures = measure(**path);
            if (figures.delivered < 0.999) {
                fmt::print(stderr, "{}: {:.1f} % arrived\n", name, figures.delivered * 100);
            }
            all[name].push_back(figures.microseconds);
        }
    }
    fmt::print("us CPU a packet of {} bytes, {} a second in frames of {}: median (lowest-highest) "
               "of {}, less the making\n",
               packet_size, packets_a_second, packets_a_frame, rounds);
    const auto median = [&](const char* name) {
        auto& values = all[name];
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    };
    const double making = median(paths.front().first);
    for (const auto& [name, make] : paths) {
        const double middle = median(name);
        const double own = name == paths.front().first ? 0 : making;
        fmt::print("{:16} {:6.2f} ({:.2f}-{:.2f})\n", name, middle - own, all[name].front() - own,
                   all[name].back() - own);
    }
    return EXIT_SUCCESS;
}
