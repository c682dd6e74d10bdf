// A tap's consumer that stands still: what the tap holds back for it, what it leaves out, and that
// nobody else notices.
#include "core/rtp/packet.hpp"
#include "elements/room/tap_access.hpp"
#include "elements/tap/client.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

namespace parley::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr unsigned frames_a_second = 30;
constexpr unsigned packets_a_frame = 76;
constexpr std::size_t packet_size = 1100; // 20 Mbit/s
constexpr unsigned frames_a_keyframe = 30;

/// Client threads of this process, on one tap each.
class Member {
  public:
    Member() : element_{sink_ptr(gst_element_factory_make("identity", nullptr))} {
        access_.watch(
            element_.get(), std::make_shared<Rendezvous>(), default_server_name, [](bool) {},
            [](const std::string& trouble) { ADD_FAILURE() << trouble; });
    }
    net::FileDescriptor open() {
        auto tap = access_.open("call", {});
        EXPECT_TRUE(tap);
        return std::move(*tap);
    }

  private:
    GstPtr<GstElement> element_;
    room_elements::TapAccess access_;
};

/// VP8 by its looks: what routing reads of it is there, the rest is nothing.
class Picture {
  public:
    explicit Picture(tap::Client& client) : client_{client} {
        client_.send(tap::Join{"ada", "Ada", room::Role::participant});
        tap::Publish request;
        request.codec = "VP8";
        request.payload_type = 96;
        request.layers = {{tap::StreamId{1}, ""}};
        client_.send(request);
    }

    void send_frame() {
        const bool key = frame_ % frames_a_keyframe == 0;
        for (unsigned i = 0; i < packets_a_frame; ++i) {
            std::array<std::uint8_t, packet_size> bytes{};
            rtp::write_fixed_header(bytes.data(), {96, i + 1 == packets_a_frame, false, sequence_++,
                                                   frame_ * 3000, rtp::Ssrc{77}});
            auto* const payload = bytes.data() + rtp::fixed_header_size;
            if (i == 0) {
                payload[0] = 0x10; // the start of a partition
                payload[1] = key ? 0x10 : 0x11;
                if (key) {
                    const std::array<std::uint8_t, 7> start{0x9D, 0x01, 0x2A, 0x80,
                                                            0x02, 0x68, 0x01};
                    std::copy(start.begin(), start.end(), payload + 4);
                }
            }
            client_.send_rtp({tap::StreamId{1}, NtpTime{}, bytes, i == 0, key});
        }
        client_.flush();
        ++frame_;
    }
    [[nodiscard]] unsigned frames() const { return frame_; }

  private:
    tap::Client& client_;
    std::uint16_t sequence_ = 0;
    std::uint32_t frame_ = 0;
};

/// A process that reads the track, and can be stopped.
class Reader {
  public:
    explicit Reader(net::FileDescriptor tap) {
        int in[2];
        int out[2];
        EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
        EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, tap.get(), inherited);
        const auto uri = fmt::format("fd:{}", inherited);
        std::array<char*, 3> arguments{const_cast<char*>(PARLEY_TAP_READER),
                                       const_cast<char*>(uri.c_str()), nullptr};
        EXPECT_EQ(
            posix_spawn(&pid_, PARLEY_TAP_READER, &actions, nullptr, arguments.data(), environ), 0);
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = fdopen(out[0], "r");
    }
    ~Reader() {
        if (pid_ > 0) kill(pid_, SIGKILL);
        if (output_ != nullptr) fclose(output_);
    }
    void send(int signal) const { kill(pid_, signal); }
    std::string line() {
        std::array<char, 256> text{};
        return fgets(text.data(), text.size(), output_) != nullptr ? text.data() : "";
    }
    std::map<std::string, unsigned long> finish() {
        ::close(input_);
        std::map<std::string, unsigned long> found;
        std::array<char, 64> name{};
        unsigned long number = 0;
        while (fscanf(output_, " %63[^=]=%lu", name.data(), &number) == 2)
            found[name.data()] = number;
        waitpid(std::exchange(pid_, -1), nullptr, 0);
        return found;
    }

  private:
    static constexpr int inherited = 20;
    pid_t pid_ = -1;
    int input_ = -1;
    FILE* output_ = nullptr;
};

/// Who reads all the time, on a thread of this process.
struct Bystander {
    explicit Bystander(net::FileDescriptor tap) {
        tap::Client::Handlers handlers;
        handlers.control = [this](const tap::Down& message) {
            if (const auto* added = std::get_if<tap::TrackAdded>(&message)) {
                while (!ready)
                    std::this_thread::yield();
                tap::Subscribe request;
                request.stream = tap::StreamId{1};
                request.track = added->track.id;
                client->send(request);
            }
            if (std::holds_alternative<tap::Gap>(message)) ++gaps;
        };
        handlers.media = [this](const tap::Record& record) {
            const auto packet = rtp::PacketView::parse(record.body);
            if (record.type != tap::RecordType::rtp || !packet) return;
            if (packets++ != 0 && packet->sequence() != next) ++holes;
            next = static_cast<std::uint16_t>(packet->sequence() + 1);
        };
        client = std::move(*tap::Client::start(std::move(tap), {}, std::move(handlers)));
        ready = true;
    }
    std::atomic<bool> ready{false};
    std::atomic<unsigned> packets{0};
    std::atomic<unsigned> gaps{0};
    std::atomic<unsigned> holes{0};
    std::uint16_t next = 0;
    std::unique_ptr<tap::Client> client;
};

struct Outcome {
    std::map<std::string, unsigned long> reader;
    unsigned bystander_gaps = 0;
    unsigned bystander_holes = 0;
    unsigned bystander_packets = 0;
    unsigned sent = 0;
};

/// The reader stands still for so long while 20 Mbit/s go on.
Outcome stop_for(std::chrono::seconds still) {
    Pipeline server{fmt::format("rtcsfu port={}", free_port())};
    EXPECT_TRUE(server.set(GST_STATE_PLAYING));
    Member member;
    Bystander bystander{member.open()};
    Reader reader{member.open()};
    auto publisher = std::move(*tap::Client::start(member.open(), {}, {}));
    Picture picture{*publisher};
    auto next = Clock::now();
    const auto send_for = [&](Clock::duration time) {
        const auto frames = time * frames_a_second / 1s;
        for (int i = 0; i < frames; ++i) {
            next += Clock::duration{1s} / frames_a_second;
            std::this_thread::sleep_until(next); // the pace of 20 Mbit/s
            picture.send_frame();
        }
    };
    send_for(500ms);
    EXPECT_EQ(reader.line(), "reading\n");
    next = Clock::now();
    reader.send(SIGSTOP);
    send_for(still);
    reader.send(SIGCONT);
    send_for(1500ms);
    Outcome outcome;
    publisher.reset();
    outcome.reader = reader.finish();
    outcome.bystander_gaps = bystander.gaps;
    outcome.bystander_holes = bystander.holes;
    outcome.bystander_packets = bystander.packets;
    outcome.sent = picture.frames() * packets_a_frame;
    return outcome;
}

TEST(TapStop, OneSecondCostsNothing) {
    const auto outcome = stop_for(1s);
    EXPECT_EQ(outcome.reader.at("gap-packets"), 0U);
    EXPECT_EQ(outcome.reader.at("holes"), 0U);
    EXPECT_GT(outcome.reader.at("packets"), 2U * frames_a_second * packets_a_frame);
}

TEST(TapStop, TenSecondsCostWholeFramesAndNobodyElseNotices) {
    const auto outcome = stop_for(10s);
    EXPECT_EQ(outcome.reader.at("holes"), 0U) << "what is missing has been told";
    const auto gap_packets = outcome.reader.at("gap-packets");
    const auto gap_frames = outcome.reader.at("gap-frames");
    EXPECT_GT(gap_frames, 3U * frames_a_second);
    EXPECT_EQ(gap_packets, gap_frames * packets_a_frame) << "frames, whole ones";
    EXPECT_EQ(outcome.bystander_gaps, 0U);
    EXPECT_EQ(outcome.bystander_holes, 0U);
    EXPECT_GT(outcome.bystander_packets, outcome.sent * 9 / 10);
}

} // namespace
} // namespace parley::test
