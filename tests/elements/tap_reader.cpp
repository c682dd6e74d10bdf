// A tap's consumer in a process of its own, for tests that stop it: reads one track through an
// inherited tap, and prints what it has got when its standard input ends.
#include "core/rtp/packet.hpp"
#include "elements/tap/client.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <optional>

int main(int argc, char** argv) {
    using namespace parley;
    if (argc != 2) return 2;
    auto tap = tap::inherited_tap(argv[1]);
    if (!tap) {
        fmt::print(stderr, "{}\n", tap.error().text);
        return 1;
    }
    std::mutex mutex;
    std::unique_ptr<tap::Client> client;
    std::uint64_t packets = 0;
    std::uint64_t gap_packets = 0;
    std::uint64_t gap_frames = 0;
    std::uint64_t holes = 0; // in sequence numbers, that no gap told of
    std::optional<std::uint16_t> next;
    std::uint64_t told = 0;
    tap::Client::Handlers handlers;
    handlers.control = [&](const tap::Down& message) {
        if (const auto* added = std::get_if<tap::TrackAdded>(&message)) {
            const std::lock_guard lock{mutex};
            tap::Subscribe request;
            request.stream = tap::StreamId{1};
            request.track = added->track.id;
            client->send(request);
        } else if (const auto* gap = std::get_if<tap::Gap>(&message)) {
            gap_packets += gap->packets;
            gap_frames += gap->frames;
            told += gap->packets;
        }
    };
    handlers.media = [&](const tap::Record& record) {
        const auto packet = rtp::PacketView::parse(record.body);
        if (record.type != tap::RecordType::rtp || !packet) return;
        ++packets;
        if (next && packet->sequence() != *next) {
            const auto missing = static_cast<std::uint16_t>(packet->sequence() - *next);
            holes += missing > told ? missing - told : 0;
        }
        told = 0;
        next = static_cast<std::uint16_t>(packet->sequence() + 1);
        if (packets == 1) {
            fmt::print("reading\n");
            std::fflush(stdout);
        }
    };
    {
        const std::lock_guard lock{mutex};
        auto started = tap::Client::start(std::move(*tap), {}, std::move(handlers));
        if (!started) return 1;
        client = std::move(*started);
    }
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    client.reset();
    fmt::print("packets={} gap-packets={} gap-frames={} holes={}\n", packets, gap_packets,
               gap_frames, holes);
    return 0;
}
