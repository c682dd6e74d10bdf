// The relay as its users see it: the words it takes, and the process between two real sockets.
#include "net/file_descriptor.hpp"
#include "tests/tools/netem_conditions.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace parley::netem {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Conditions, AreSetForBothDirectionsOrOne) {
    Conditions conditions;
    ASSERT_TRUE(apply(conditions, "loss 10"));
    ASSERT_TRUE(apply(conditions, "  up   delay 1.5 "));
    ASSERT_TRUE(apply(conditions, "down rate 1000"));
    ASSERT_TRUE(apply(conditions, "down block"));
    EXPECT_DOUBLE_EQ(conditions.up.loss, 0.1);
    EXPECT_DOUBLE_EQ(conditions.down.loss, 0.1);
    EXPECT_EQ(conditions.up.latency, 1500us);
    EXPECT_EQ(conditions.down.latency, 0us);
    EXPECT_EQ(conditions.down.rate, 1'000'000U);
    EXPECT_FALSE(conditions.up.blocked);
    EXPECT_TRUE(conditions.down.blocked);
    ASSERT_TRUE(apply(conditions, "unblock"));
    EXPECT_FALSE(conditions.down.blocked);
    ASSERT_TRUE(apply_option(conditions, "up-loss", "30"));
    EXPECT_DOUBLE_EQ(conditions.up.loss, 0.3);
    EXPECT_DOUBLE_EQ(conditions.down.loss, 0.1);
}

TEST(Conditions, KnowBurstsByFourPercentages) {
    Conditions conditions;
    ASSERT_TRUE(apply(conditions, "burst-loss 3,30,0,100"));
    ASSERT_TRUE(conditions.up.bursts);
    EXPECT_DOUBLE_EQ(conditions.up.bursts->to_bad, 0.03);
    EXPECT_DOUBLE_EQ(conditions.up.bursts->to_good, 0.3);
    EXPECT_DOUBLE_EQ(conditions.up.bursts->loss_bad, 1);
    EXPECT_FALSE(apply(conditions, "burst-loss 3,30,0"));
    EXPECT_FALSE(apply(conditions, "burst-loss 3,30,0,100,1"));
}

TEST(Conditions, SayWhatIsWrong) {
    Conditions conditions;
    EXPECT_THAT(apply(conditions, "loss 200").error().text, HasSubstr("loss wants"));
    EXPECT_THAT(apply(conditions, "loss").error().text, HasSubstr("loss wants"));
    EXPECT_THAT(apply(conditions, "delay -1").error().text, HasSubstr("delay wants"));
    EXPECT_THAT(apply(conditions, "delay nan").error().text, HasSubstr("delay wants"));
    EXPECT_THAT(apply(conditions, "latency 5").error().text, HasSubstr("latency"));
    EXPECT_FALSE(apply(conditions, ""));
    EXPECT_FALSE(apply(conditions, "up"));
    EXPECT_FALSE(apply(conditions, "loss 1 2"));
    EXPECT_FALSE(apply(conditions, "block 1"));
    EXPECT_DOUBLE_EQ(conditions.up.loss, 0);
}

net::FileDescriptor loopback_socket(std::uint16_t& port) {
    net::FileDescriptor fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return fd;
}

class RelayTest : public testing::Test {
  protected:
    void SetUp() override {
        server_ = loopback_socket(server_port_);
        std::uint16_t ignored = 0;
        client_ = loopback_socket(ignored);
    }
    void TearDown() override {
        if (child_ > 0) {
            kill(child_, SIGKILL);
            waitpid(child_, nullptr, 0);
        }
    }

    void start(std::vector<std::string> options) {
        const char* path = getenv("NETEM_RELAY");
        ASSERT_NE(path, nullptr) << "NETEM_RELAY names the program";
        std::array<int, 2> input;
        std::array<int, 2> output;
        ASSERT_EQ(pipe2(input.data(), O_CLOEXEC), 0);
        ASSERT_EQ(pipe2(output.data(), O_CLOEXEC), 0);
        to_child_ = net::FileDescriptor{input[1]};
        from_child_ = net::FileDescriptor{output[0]};
        const net::FileDescriptor childs_input{input[0]};
        const net::FileDescriptor childs_output{output[1]};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        options.insert(options.begin(), {path, "--listen", "127.0.0.1:0", "--to",
                                         "127.0.0.1:" + std::to_string(server_port_)});
        std::vector<char*> arguments;
        for (auto& option : options)
            arguments.push_back(option.data());
        arguments.push_back(nullptr);
        ASSERT_EQ(posix_spawn(&child_, path, &actions, nullptr, arguments.data(), environ), 0);
        posix_spawn_file_actions_destroy(&actions);

        const auto line = read_line();
        ASSERT_THAT(line, StartsWith("listening on 127.0.0.1:"));
        const auto digits = line.substr(line.rfind(':') + 1);
        std::uint16_t port = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        ASSERT_EQ(connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }

    std::string read_line() {
        std::string line;
        for (char c = 0; read(from_child_.get(), &c, 1) == 1 && c != '\n';)
            line += c;
        return line;
    }

    std::string tell(std::string line) {
        line += '\n';
        EXPECT_EQ(write(to_child_.get(), line.data(), line.size()),
                  static_cast<ssize_t>(line.size()));
        return read_line();
    }

    std::string stop() {
        kill(child_, SIGTERM);
        auto line = read_line();
        int status = 0;
        waitpid(child_, &status, 0);
        child_ = -1;
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return line;
    }

    static bool readable(int fd, int wait_ms) {
        pollfd entry{fd, POLLIN, 0};
        return poll(&entry, 1, wait_ms) == 1;
    }

    /// One byte to the server and back; whether each way was made.
    std::pair<bool, bool> round_trip(int wait_ms) {
        char byte = 'x';
        send(client_.get(), &byte, 1, 0);
        if (!readable(server_.get(), wait_ms)) return {false, false};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        recvfrom(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size);
        sendto(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), size);
        if (!readable(client_.get(), wait_ms)) return {true, false};
        recv(client_.get(), &byte, 1, 0);
        return {true, true};
    }

    std::uint16_t server_port_ = 0;
    net::FileDescriptor server_;
    net::FileDescriptor client_;
    net::FileDescriptor to_child_;
    net::FileDescriptor from_child_;
    pid_t child_ = -1;
};

TEST_F(RelayTest, RelaysBothWaysAndCountsWhatItDid) {
    ASSERT_NO_FATAL_FAILURE(start({"--seed", "3"}));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(round_trip(5000), std::pair(true, true));
    EXPECT_EQ(stop(), R"({"clients":1,"refused":0,)"
                      R"("up":{"received":20,"delivered":20,"lost":0,"overflow":0,"reordered":0,)"
                      R"("duplicated":0},)"
                      R"("down":{"received":20,"delivered":20,"lost":0,"overflow":0,"reordered":0,)"
                      R"("duplicated":0}})");
}

TEST_F(RelayTest, DelaysByWhatItIsTold) {
    ASSERT_NO_FATAL_FAILURE(start({"--up-delay", "60", "--down-delay", "40"}));
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(round_trip(5000), std::pair(true, true));
    EXPECT_GE(std::chrono::steady_clock::now() - started, 100ms);
}

TEST_F(RelayTest, LosesPacketsAndChangesItsConditionsWhileItRuns) {
    ASSERT_NO_FATAL_FAILURE(start({"--up-loss", "100"}));
    EXPECT_EQ(round_trip(50), std::pair(false, false));
    EXPECT_EQ(tell("up loss 0"), "ok");
    EXPECT_EQ(round_trip(5000), std::pair(true, true));
    EXPECT_EQ(tell("down block"), "ok");
    EXPECT_EQ(round_trip(50), std::pair(true, false));
    EXPECT_EQ(tell("unblock"), "ok");
    EXPECT_EQ(round_trip(5000), std::pair(true, true));
    EXPECT_THAT(tell("nonsense 3"), StartsWith("error: "));
    EXPECT_THAT(tell("stats"), HasSubstr(R"("up":{"received":4,"delivered":3,"lost":1)"));
}

TEST_F(RelayTest, KeepsItsClientsApart) {
    ASSERT_NO_FATAL_FAILURE(start({}));
    sockaddr_in relay{};
    socklen_t size = sizeof relay;
    getpeername(client_.get(), reinterpret_cast<sockaddr*>(&relay), &size);
    std::uint16_t ignored = 0;
    const auto other = loopback_socket(ignored);
    char byte = 'a';
    send(client_.get(), &byte, 1, 0);
    sockaddr_in first{};
    size = sizeof first;
    recvfrom(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&first), &size);
    byte = 'b';
    sendto(other.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&relay), sizeof relay);
    sockaddr_in second{};
    recvfrom(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&second), &size);
    EXPECT_NE(first.sin_port, second.sin_port);
    byte = '1';
    sendto(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&first), size);
    byte = '2';
    sendto(server_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&second), size);
    ASSERT_TRUE(readable(client_.get(), 5000));
    recv(client_.get(), &byte, 1, 0);
    EXPECT_EQ(byte, '1');
    ASSERT_TRUE(readable(other.get(), 5000));
    recv(other.get(), &byte, 1, 0);
    EXPECT_EQ(byte, '2');
}

} // namespace
} // namespace parley::netem
