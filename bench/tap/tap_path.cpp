#include "bench/tap/path.hpp"
#include "elements/tap/client.hpp"
#include "elements/tap/control.hpp"
#include "net/clock.hpp"
#include "net/media_server.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <future>

namespace parley::bench {
namespace {

constexpr tap::StreamId sent{1};
constexpr tap::StreamId received{2};
constexpr const char* room_name = "bench";
constexpr std::uint16_t port = 21'450;

using Counter = std::atomic<std::uint64_t>;
static_assert(Counter::is_always_lock_free, "it is shared with another process");

/// A number in memory that a child shares.
class SharedCounter {
  public:
    explicit SharedCounter(net::FileDescriptor memory) : memory_{std::move(memory)} {
        void* const page =
            ::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
        if (page != MAP_FAILED) counter_ = static_cast<Counter*>(page);
    }
    SharedCounter(const SharedCounter&) = delete;
    SharedCounter& operator=(const SharedCounter&) = delete;
    ~SharedCounter() {
        if (counter_ != nullptr) ::munmap(counter_, sizeof(Counter));
    }
    static net::FileDescriptor make_memory() {
        net::FileDescriptor memory{::memfd_create("packets", MFD_CLOEXEC)};
        if (::ftruncate(memory.get(), sizeof(Counter)) != 0) return {};
        return memory;
    }
    explicit operator bool() const { return counter_ != nullptr; }
    Counter& operator*() const { return *counter_; }
    [[nodiscard]] int memory() const { return memory_.get(); }

  private:
    net::FileDescriptor memory_;
    Counter* counter_ = nullptr;
};

/// Subscribes to the first track there is and counts its packets.
class Receiver {
  public:
    Receiver(Counter& counter, std::function<void()> on_end)
        : counter_{counter}, on_end_{std::move(on_end)} {}

    Result<void> start(net::FileDescriptor tap) {
        auto client = tap::Client::start(std::move(tap), tap::Hello{},
                                         {[this](const tap::Down& message) {
                                              if (const auto* added =
                                                      std::get_if<tap::TrackAdded>(&message)) {
                                                  track_.set_value(added->track.id);
                                              }
                                          },
                                          [this](const tap::Record& record) {
                                              if (record.type == tap::RecordType::rtp) ++counter_;
                                          },
                                          [] {}, [this](const std::string&) { on_end_(); }});
        if (!client) return tl::make_unexpected(client.error());
        client_ = std::move(*client);
        auto track = track_.get_future();
        if (track.wait_for(5s) != std::future_status::ready) return fail("no track has come");
        client_->send(tap::Subscribe{received, track.get(), {}, false});
        return {};
    }

  private:
    Counter& counter_;
    std::function<void()> on_end_;
    std::promise<std::string> track_;
    std::unique_ptr<tap::Client> client_;
};

class TapPath : public Path {
  public:
    Result<void> publish() {
        net::MediaServerConfig config;
        config.port = port;
        config.announce = {"127.0.0.1"};
        config.tap_codec = {[](const tap::Down& message) { return tap::to_json(message); },
                            tap::parse_up};
        auto server = net::start_media_server(std::move(config), [](const net::Notice&) {});
        if (!server) return tl::make_unexpected(server.error());
        server_ = std::move(*server);
        auto end = open();
        if (!end) return tl::make_unexpected(end.error());
        auto client =
            tap::Client::start(std::move(*end), tap::Hello{},
                               {[this](const tap::Down& message) {
                                    if (std::holds_alternative<tap::Published>(message)) {
                                        published_.set_value();
                                    }
                                },
                                [](const tap::Record&) {}, [] {}, [](const std::string&) {}});
        if (!client) return tl::make_unexpected(client.error());
        publisher_ = std::move(*client);
        publisher_->send(tap::Join{"bench", "Bench", room::Role::participant});
        tap::Publish publish;
        publish.codec = "VP8";
        publish.payload_type = 96;
        publish.layers = {{sent, ""}};
        publisher_->send(publish);
        if (published_.get_future().wait_for(5s) != std::future_status::ready) {
            return fail("the room does not take the track");
        }
        return {};
    }
    Result<net::FileDescriptor> open() { return server_->open_tap({room_name, {}}); }

    void send(const Frame& frame) override {
        const auto ntp = net::read_wall_clock().ntp;
        for (const auto& packet : frame.packets) {
            const bool first = &packet == &frame.packets.front();
            publisher_->send_rtp({sent, ntp, packet, first, first && frame.keyframe});
        }
        publisher_->flush();
    }

  private:
    std::unique_ptr<net::MediaServer> server_;
    std::unique_ptr<tap::Client> publisher_;
    std::promise<void> published_;
};

class OwnTapPath final : public TapPath {
  public:
    Result<void> start() {
        if (auto done = publish(); !done) return done;
        auto end = open();
        if (!end) return tl::make_unexpected(end.error());
        return receiver_.start(std::move(*end));
    }
    [[nodiscard]] std::uint64_t delivered() const override { return counter_; }

  private:
    Counter counter_{0};
    Receiver receiver_{counter_, [] {}};
};

class ChildTapPath final : public TapPath {
  public:
    ChildTapPath() = default;
    ChildTapPath(const ChildTapPath&) = delete;
    ChildTapPath& operator=(const ChildTapPath&) = delete;
    ~ChildTapPath() override {
        if (child_ <= 0) return;
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    Result<void> start(const std::string& program) {
        if (!counter_) return fail("no memory to share with a child");
        if (auto done = publish(); !done) return done;
        auto end = open();
        if (!end) return tl::make_unexpected(end.error());
        constexpr int tap_in_child = 3;
        constexpr int counter_in_child = 4;
        // Out of the way of the numbers that they get in the child.
        const net::FileDescriptor tap{::fcntl(end->get(), F_DUPFD_CLOEXEC, 10)};
        const net::FileDescriptor memory{::fcntl(counter_.memory(), F_DUPFD_CLOEXEC, 10)};
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, tap.get(), tap_in_child);
        ::posix_spawn_file_actions_adddup2(&actions, memory.get(), counter_in_child);
        std::string name = program;
        std::string mode = "--receive";
        std::array<char*, 3> arguments{name.data(), mode.data(), nullptr};
        const int error =
            ::posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0) return fail(fmt::format("{} does not start", program));
        return {};
    }
    [[nodiscard]] std::uint64_t delivered() const override { return *counter_; }
    [[nodiscard]] Duration cpu_elsewhere() const override {
        clockid_t clock{};
        timespec used{};
        if (::clock_getcpuclockid(child_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
            return {};
        }
        return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
    }

  private:
    SharedCounter counter_{SharedCounter::make_memory()};
    pid_t child_ = 0;
};

} // namespace

Result<std::unique_ptr<Path>> make_tap_path() {
    auto path = std::make_unique<OwnTapPath>();
    if (auto started = path->start(); !started) return tl::make_unexpected(started.error());
    return path;
}

Result<std::unique_ptr<Path>> make_child_tap_path(const std::string& program) {
    auto path = std::make_unique<ChildTapPath>();
    if (auto started = path->start(program); !started) return tl::make_unexpected(started.error());
    return path;
}

int receive_in_child(int tap, int counter) {
    const SharedCounter shared{net::FileDescriptor{counter}};
    std::promise<void> ended;
    Receiver receiver{*shared, [&] { ended.set_value(); }};
    if (!receiver.start(net::FileDescriptor{tap})) return 1;
    ended.get_future().wait();
    return 0;
}

} // namespace parley::bench
