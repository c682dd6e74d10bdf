// RFC 4571 framing over a real stream, with a peer that does not read.
#include "net/tcp_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

namespace parley::net {
namespace {

struct Ends {
    Ends() {
        std::array<int, 2> fds{};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
        ours = FileDescriptor{fds[0]};
        peer = FileDescriptor{fds[1]};
    }
    FileDescriptor ours;
    FileDescriptor peer;
};

std::vector<std::string> read_all(TcpConnection& connection, TcpConnection::State& state) {
    std::vector<std::string> frames;
    state = connection.read([&](MutBytes frame) { frames.emplace_back(as_text(frame)); });
    return frames;
}

TEST(TcpConnection, FramesComeOutWholeHoweverTheyWereCut) {
    Ends ends;
    TcpConnection connection{std::move(ends.ours), {}};
    const std::string stream{"\0\5hello\0\3abc", 12};
    std::vector<std::string> frames;
    for (const char byte : stream) {
        ASSERT_EQ(::send(ends.peer.get(), &byte, 1, 0), 1);
        TcpConnection::State state{};
        for (auto& frame : read_all(connection, state))
            frames.push_back(frame);
        EXPECT_EQ(state, TcpConnection::State::open);
    }
    EXPECT_EQ(frames, (std::vector<std::string>{"hello", "abc"}));
}

TEST(TcpConnection, AnEndedStreamAndAnOversizedFrameCloseIt) {
    TcpConnection::State state{};
    {
        Ends ends;
        TcpConnection connection{std::move(ends.ours), {}};
        ends.peer.reset();
        read_all(connection, state);
        EXPECT_EQ(state, TcpConnection::State::closed);
    }
    Ends ends;
    TcpConnection connection{std::move(ends.ours), {}};
    ASSERT_EQ(::send(ends.peer.get(), "\xff\xff", 2, 0), 2);
    read_all(connection, state);
    EXPECT_EQ(state, TcpConnection::State::closed);
}

TEST(TcpConnection, APeerThatDoesNotReadLosesWholePacketsAndStaysInStep) {
    Ends ends;
    TcpConnection sender{std::move(ends.ours), {}};
    TcpConnection receiver{std::move(ends.peer), {}};
    const int count = 4000;
    for (int i = 0; i < count; ++i) {
        std::string packet(1000, static_cast<char>('a' + i % 26));
        packet += std::to_string(i);
        sender.send(as_bytes(packet));
    }
    EXPECT_GT(sender.dropped(), 0U);
    EXPECT_TRUE(sender.wants_write());

    std::vector<std::string> frames;
    TcpConnection::State state{};
    while (sender.wants_write()) {
        for (auto& frame : read_all(receiver, state))
            frames.push_back(frame);
        ASSERT_EQ(sender.write(), TcpConnection::State::open);
    }
    for (auto& frame : read_all(receiver, state))
        frames.push_back(frame);
    EXPECT_EQ(frames.size() + sender.dropped(), static_cast<std::size_t>(count));
    int last = -1;
    for (const auto& frame : frames) {
        const int number = std::stoi(frame.substr(1000));
        EXPECT_GT(number, last);
        last = number;
    }
}

} // namespace
} // namespace parley::net
