// A tap's client against a server's end that the test drives by hand.
#include "elements/tap/client.hpp"
#include "elements/tap/control.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace parley::tap {
namespace {

constexpr auto patience = std::chrono::seconds{10};

/// What the client's thread has been told, to be waited for.
class Heard {
  public:
    Client::Handlers handlers() {
        return {
            [this](const Down& message) { note("control " + to_json(message)); },
            [this](const Record& record) {
                note((record.type == RecordType::rtp ? "rtp " : "rtcp ") +
                     std::to_string(value(record.stream)) + " " +
                     std::string{as_text(record.body)});
            },
            [this] { note("end of message"); },
            [this](const std::string& reason) { note("ended " + reason); },
        };
    }
    /// All so far, once `count` have come.
    std::vector<std::string> wait(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, patience, [&] { return said_.size() >= count; });
        return said_;
    }

  private:
    void note(std::string what) {
        {
            const std::lock_guard lock{mutex_};
            said_.push_back(std::move(what));
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> said_;
};

class TapClientTest : public testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> pair{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
        server = net::FileDescriptor{pair[1]};
        auto started = Client::start(net::FileDescriptor{pair[0]}, Hello{1, "call", "", {}, false},
                                     heard.handlers());
        ASSERT_TRUE(started) << started.error().text;
        client = std::move(*started);
    }
    /// The next message of the client's; empty at its end.
    std::vector<std::uint8_t> receive() const {
        pollfd readable{server.get(), POLLIN, 0};
        const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
        if (::poll(&readable, 1, static_cast<int>(limit.count())) <= 0) return {};
        std::vector<std::uint8_t> message(65'536);
        const auto size = ::recv(server.get(), message.data(), message.size(), 0);
        message.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return message;
    }
    std::string receive_control() const {
        const auto message = receive();
        const auto record = RecordReader{message}.next();
        return record ? std::string{as_text(record->body)} : "";
    }
    void say(const RecordWriter& writer) const {
        const auto message = writer.message();
        ASSERT_EQ(::send(server.get(), message.data(), message.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(message.size()));
    }
    static void add(RecordWriter& writer, std::string_view json) {
        ASSERT_TRUE(writer.append(RecordType::control, no_stream, as_bytes(json)));
    }

    Heard heard;
    net::FileDescriptor server;
    std::unique_ptr<Client> client;
};

TEST_F(TapClientTest, SaysHelloFirstAndHearsRecordsInOrder) {
    EXPECT_EQ(receive_control(), to_json(Up{Hello{1, "call", "", {}, false}}));
    RecordWriter writer;
    add(writer, to_json(Down{RecordingChanged{true}}));
    writer.append_rtp(StreamId{4}, 0, NtpTime{5}, as_bytes("one"));
    writer.append(RecordType::rtcp, StreamId{4}, as_bytes("two"));
    say(writer);
    EXPECT_EQ(heard.wait(4),
              (std::vector<std::string>{
                  "control {\"type\":\"recording-started\",\"consentRequired\":false}", "rtp 4 one",
                  "rtcp 4 two", "end of message"}));
}

TEST_F(TapClientTest, GathersPacketsUntilFlushAndKeepsTheirOrderWithControl) {
    receive_control();
    client->send_rtp({StreamId{1}, NtpTime{7}, as_bytes("a"), true, true});
    client->send_rtp({StreamId{2}, NtpTime{}, as_bytes("b"), true, true});
    client->send(Mute{StreamId{1}, true});
    client->send_rtp({StreamId{1}, NtpTime{8}, as_bytes("c"), true, true});
    client->flush();

    const auto first = receive();
    RecordReader reader{first};
    const auto a = reader.next();
    const auto b = reader.next();
    const auto mute = reader.next();
    ASSERT_TRUE(a && b && mute);
    EXPECT_EQ(as_text(a->body), "a");
    EXPECT_EQ(a->ntp, NtpTime{7});
    EXPECT_EQ(a->stream, StreamId{1});
    EXPECT_EQ(as_text(b->body), "b");
    EXPECT_EQ(b->ntp, NtpTime{});
    EXPECT_EQ(mute->type, RecordType::control);
    EXPECT_FALSE(reader.next());
    const auto second = receive();
    EXPECT_EQ(as_text(RecordReader{second}.next()->body), "c");
    EXPECT_EQ(client->counters().packets_sent, 3U);
}

TEST_F(TapClientTest, AServerThatDoesNotReadCostsWholeFramesAndNoTime) {
    receive_control();
    constexpr unsigned packets_a_frame = 10;
    constexpr unsigned frames = 5000; // 60 MB: over what the socket and the queue hold
    constexpr unsigned keyframe_interval = 50;
    struct Numbers {
        std::uint32_t frame;
        std::uint32_t packet;
    };
    std::vector<std::uint8_t> packet(1200);
    const auto send_frame = [&](unsigned frame) {
        for (unsigned i = 0; i < packets_a_frame; ++i) {
            const Numbers numbers{frame, i};
            std::memcpy(packet.data(), &numbers, sizeof numbers);
            client->send_rtp({StreamId{1}, {}, packet, i == 0, frame % keyframe_interval == 0});
        }
        client->flush();
    };
    for (unsigned frame = 0; frame < frames; ++frame)
        send_frame(frame);
    client->send(Mute{StreamId{1}, true});
    const auto counters = client->counters();
    EXPECT_GT(counters.frames_dropped, 0U);
    EXPECT_EQ(counters.packets_dropped, counters.frames_dropped * packets_a_frame)
        << "a frame goes whole or not at all";
    EXPECT_EQ(counters.packets_sent + counters.packets_dropped, frames * packets_a_frame);

    // It reads again: what was taken comes, to the last packet, and control behind it.
    std::map<std::uint32_t, unsigned> received; // frame -> packets
    bool muted = false;
    while (!muted) {
        const auto message = receive();
        ASSERT_FALSE(message.empty());
        RecordReader reader{message};
        while (const auto record = reader.next()) {
            if (record->type == RecordType::control) {
                muted = true;
                continue;
            }
            Numbers numbers{};
            std::memcpy(&numbers, record->body.data(), sizeof numbers);
            EXPECT_EQ(numbers.packet, received[numbers.frame]++);
        }
    }
    EXPECT_EQ(received.size(), frames - counters.frames_dropped);
    for (const auto& [frame, count] : received)
        EXPECT_EQ(count, packets_a_frame) << frame;

    // And goes on from a keyframe.
    send_frame(keyframe_interval + 1);
    EXPECT_EQ(client->counters().frames_dropped, counters.frames_dropped + 1);
    send_frame(2 * keyframe_interval);
    EXPECT_EQ(client->counters().frames_dropped, counters.frames_dropped + 1);
    const auto message = receive();
    const auto record = RecordReader{message}.next();
    ASSERT_TRUE(record);
    Numbers numbers{};
    std::memcpy(&numbers, record->body.data(), sizeof numbers);
    EXPECT_EQ(numbers.frame, 2 * keyframe_interval);
}

TEST_F(TapClientTest, WhatCannotBeReadIsCountedAndPassedOver) {
    RecordWriter writer;
    add(writer, "{");
    add(writer, R"({"type":"wanted","stream":0,"wanted":true})");
    add(writer, R"({"type":"of the future"})");
    add(writer, to_json(Down{RecordingChanged{false}}));
    say(writer);
    EXPECT_EQ(heard.wait(2),
              (std::vector<std::string>{
                  "control {\"type\":\"recording-stopped\",\"consentRequired\":false}",
                  "end of message"}));
    EXPECT_EQ(client->counters().malformed, 2U);
}

TEST_F(TapClientTest, WhatIsNoRecordEndsTheTap) {
    const std::string garbage = "\x02\xff\xff\xff what is this";
    ASSERT_GT(::send(server.get(), garbage.data(), garbage.size(), 0), 0);
    EXPECT_EQ(heard.wait(2).back(), "ended the server of this tap has sent what is no record");
}

TEST_F(TapClientTest, AServerThatGoesIsAnEndAndSendingGoesOnInVain) {
    receive_control();
    server.reset();
    EXPECT_EQ(heard.wait(1).back(), "ended the server has closed the tap without a word");
    client->send(Leave{});
    client->send_rtp({StreamId{1}, {}, as_bytes("a"), true, true});
    client->flush();
    EXPECT_EQ(client->counters().packets_dropped, 1U);
    EXPECT_EQ(client->counters().packets_sent, 0U);
}

TEST_F(TapClientTest, WhatTheServerSaidBeforeItWentIsHeard) {
    RecordWriter writer;
    add(writer, to_json(Down{Closed{"draining"}}));
    say(writer);
    server.reset();
    EXPECT_EQ(heard.wait(3),
              (std::vector<std::string>{"control {\"type\":\"closed\",\"reason\":\"draining\"}",
                                        "end of message", "ended "}));
}

TEST_F(TapClientTest, LastWordsReachTheServerThoughTheClientHasLeftSomethingUnread) {
    RecordWriter writer;
    add(writer, to_json(Down{RecordingChanged{true}}));
    client->send_rtp({StreamId{1}, {}, as_bytes("last"), true, true});
    client->send(Leave{});
    say(writer);
    client.reset();
    EXPECT_EQ(heard.wait(1).back(), "ended ");
    EXPECT_EQ(receive_control(), to_json(Up{Hello{1, "call", "", {}, false}}));
    const auto message = receive();
    RecordReader reader{message};
    ASSERT_TRUE(reader.next());
    const auto leave = reader.next();
    ASSERT_TRUE(leave);
    EXPECT_EQ(as_text(leave->body), to_json(Up{Leave{}}));
    EXPECT_TRUE(receive().empty());
}

TEST(TapSockets, SaysWhatIsWrongWithAPath) {
    const auto missing = connect_tap("/nonexistent/parley.tap");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().text.find("/nonexistent/parley.tap"), std::string::npos);
    EXPECT_NE(missing.error().text.find("tap-socket"), std::string::npos);
    EXPECT_FALSE(connect_tap(""));
    EXPECT_FALSE(connect_tap(std::string(200, 'x')));

    // A socket that nobody listens on any more.
    std::string path = testing::TempDir() + "parley-tap-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    ::unlink(path.c_str());
    net::FileDescriptor listener{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_TRUE(connect_tap(path));
    listener.reset();
    const auto refused = connect_tap(path);
    ::unlink(path.c_str());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("start it again"), std::string::npos);
}

TEST(TapSockets, TakesOverAnInheritedTapOnly) {
    for (const auto* wrong : {"", "fd:", "fd:x", "fd:-1", "fd:3x", "unix:/a", "fd:99999"})
        EXPECT_FALSE(inherited_tap(wrong)) << wrong;

    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    const net::FileDescriptor a{pair[0]};
    const net::FileDescriptor b{pair[1]};
    EXPECT_FALSE(inherited_tap("fd:" + std::to_string(a.get())));
    EXPECT_EQ(::fcntl(a.get(), F_GETFD), 0) << "left alone";

    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair.data()), 0);
    const net::FileDescriptor other{pair[1]};
    const auto tap = inherited_tap("fd:" + std::to_string(pair[0]));
    ASSERT_TRUE(tap) << tap.error().text;
    EXPECT_EQ(::fcntl(tap->get(), F_GETFD), FD_CLOEXEC);
}

} // namespace
} // namespace parley::tap
