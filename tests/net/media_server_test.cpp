// The server's front: errors that name the thing, events in order, statistics of every worker.
#include "net/media_server.hpp"
#include "net/udp_socket.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace parley::net {
namespace {

MediaServerConfig free_ports() {
    static std::uint16_t next = 23400;
    MediaServerConfig config;
    next = static_cast<std::uint16_t>(next + 10);
    config.port = next;
    return config;
}

/// What the workers tell, and a way to wait for it.
struct Listener {
    void add(room::Event event) {
        const std::lock_guard lock{mutex};
        events.push_back(std::move(event));
        changed.notify_all();
    }
    template <class T>
    std::optional<T> wait_for() {
        std::unique_lock lock{mutex};
        std::optional<T> found;
        changed.wait_for(lock, 5s, [&] {
            for (const auto& event : events) {
                if (const auto* body = std::get_if<T>(&event.body)) found = *body;
            }
            return found.has_value();
        });
        return found;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<room::Event> events;
};

TEST(MediaServer, APortInUseIsNamed) {
    const auto config = free_ports();
    const auto first = start_media_server(config, [](const Notice&) {});
    ASSERT_TRUE(first.has_value()) << first.error().text;
    const auto second = start_media_server(config, [](const Notice&) {});
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().text.find(std::to_string(config.port)), std::string::npos);
}

TEST(MediaServer, BadSettingsAreNamed) {
    auto config = free_ports();
    config.announce = {"not-an-address"};
    auto server = start_media_server(config, [](const Notice&) {});
    ASSERT_FALSE(server.has_value());
    EXPECT_NE(server.error().text.find("not-an-address"), std::string::npos);

    config = free_ports();
    config.video_codecs = {"VP7"};
    server = start_media_server(config, [](const Notice&) {});
    ASSERT_FALSE(server.has_value());
    EXPECT_NE(server.error().text.find("VP7"), std::string::npos);

    config = free_ports();
    config.port = 65535;
    config.workers = 2;
    server = start_media_server(config, [](const Notice&) {});
    ASSERT_FALSE(server.has_value());
    EXPECT_NE(server.error().text.find("65535"), std::string::npos);
}

TEST(MediaServer, CommandsAreAnsweredAndStatisticsCoverEveryWorker) {
    auto config = free_ports();
    config.workers = 2;
    Listener listener;
    const auto server = start_media_server(config, [](const Notice&) {});
    ASSERT_TRUE(server.has_value()) << server.error().text;
    (*server)->set_event_handler([&](room::Event event) { listener.add(std::move(event)); });
    room::Join join;
    join.name = "Ada";
    (*server)->post({room::ClientId{1}, "call", "7", join});
    const auto joined = listener.wait_for<room::Joined>();
    ASSERT_TRUE(joined.has_value());
    EXPECT_EQ(joined->self.name, "Ada");

    std::mutex mutex;
    std::condition_variable done;
    std::optional<room::ServerStats> stats;
    (*server)->collect_stats([&](room::ServerStats collected) {
        const std::lock_guard lock{mutex};
        stats = std::move(collected);
        done.notify_all();
    });
    std::unique_lock lock{mutex};
    ASSERT_TRUE(done.wait_for(lock, std::chrono::seconds{5}, [&] { return stats.has_value(); }));
    ASSERT_EQ(stats->workers.size(), 2U);
    EXPECT_EQ(stats->workers[0].rooms.size() + stats->workers[1].rooms.size(), 1U);
    lock.unlock();
    (*server)->set_event_handler(nullptr);
}

TEST(MediaServer, ClientsHearThatTheServerGoesDown) {
    Listener listener;
    auto server = start_media_server(free_ports(), [](const Notice&) {});
    ASSERT_TRUE(server.has_value()) << server.error().text;
    (*server)->set_event_handler([&](room::Event event) { listener.add(std::move(event)); });
    room::Join join;
    join.name = "Ada";
    (*server)->post({room::ClientId{1}, "call", "7", join});
    ASSERT_TRUE(listener.wait_for<room::Joined>().has_value());
    server->reset();
    const auto closed = listener.wait_for<room::Closed>();
    ASSERT_TRUE(closed.has_value());
    EXPECT_EQ(closed->reason, "draining");
}

} // namespace
} // namespace parley::net
