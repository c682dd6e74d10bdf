// A tap's client in memory: its requests go into the engine of a World as they are, without JSON.
#pragma once

#include "core/rtp/packet.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/queue.hpp"
#include "tests/core/room/test_world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace parley::room::test {

/// Stands for the JSON of requests: the text is an index into `sent`.
struct TapRequests {
    static std::vector<tap::Up>& sent() {
        static std::vector<tap::Up> all;
        return all;
    }
    static Result<tap::Up> parse(std::string_view text) {
        if (text == "broken") return fail("no JSON");
        return sent().at(std::stoul(std::string{text}));
    }
    static EngineConfig config() {
        EngineConfig config;
        config.parse_tap = parse;
        return config;
    }
};

class TestTap {
  public:
    struct Packet {
        tap::StreamId stream{};
        NtpTime ntp;
        bool synchronized = false;
        std::uint16_t sequence = 0;
        std::uint32_t timestamp = 0;
        bool marker = false;
        std::size_t size = 0;
    };

    TestTap(World& world, TapId id, TapAccess access, tap::QueueLimits limits = {})
        : world_{world}, id_{id}, queue_{limits, [this](const tap::Down& message) {
                                             printed_.push_back(message);
                                             return std::to_string(printed_.size() - 1);
                                         }} {
        world_.engine->open_tap(id, std::move(access), queue_);
    }
    TestTap(const TestTap&) = delete;
    TestTap& operator=(const TestTap&) = delete;
    ~TestTap() { world_.engine->close_tap(id_, world_.now); }

    /// False: cut off.
    bool send(tap::Up request) {
        TapRequests::sent().push_back(std::move(request));
        return send_text(std::to_string(TapRequests::sent().size() - 1));
    }
    bool send_text(std::string_view text) {
        tap::RecordWriter writer;
        writer.append(tap::RecordType::control, tap::no_stream, as_bytes(text));
        const bool kept = world_.engine->receive_tap(id_, writer.message(), world_.now);
        world_.turn();
        return kept;
    }
    void send_rtp(tap::StreamId stream, NtpTime ntp, Bytes packet) {
        tap::RecordWriter writer;
        writer.append_rtp(stream, 0, ntp, packet);
        world_.engine->receive_tap(id_, writer.message(), world_.now);
        world_.turn();
    }
    void close() { world_.engine->close_tap(id_, world_.now); }

    /// Takes everything that waits, in order.
    void read() {
        queue_.seal(world_.now);
        while (!queue_.empty()) {
            tap::RecordReader reader{queue_.front()};
            while (const auto record = reader.next()) {
                if (record->type == tap::RecordType::control) {
                    const auto index = std::stoul(std::string{as_text(record->body)});
                    news.push_back(printed_.at(index));
                    continue;
                }
                const auto view = rtp::PacketView::parse(record->body);
                ASSERT_TRUE(view.has_value());
                packets.push_back({record->stream, record->ntp,
                                   (record->flags & tap::flag_synchronized) != 0, view->sequence(),
                                   view->timestamp(), view->marker(), record->body.size()});
            }
            ASSERT_FALSE(reader.broken());
            queue_.pop();
        }
    }

    template <class T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const auto& message : news) {
            if (const auto* body = std::get_if<T>(&message)) found.push_back(*body);
        }
        return found;
    }
    [[nodiscard]] tap::Queue& queue() { return queue_; }

    std::vector<tap::Down> news;
    std::vector<Packet> packets;

  private:
    World& world_;
    TapId id_;
    std::vector<tap::Down> printed_;
    tap::Queue queue_;
};

} // namespace parley::room::test
