// A media server that does what a test tells it to: keeps the commands, sends the events.
#pragma once

#include "net/media_server.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

namespace parley::test {

class FakeMediaServer final : public net::MediaServer {
  public:
    using Answer = std::function<void(FakeMediaServer&, const room::Command&)>;

    /// `answer` is called for each command, on the thread that posts it.
    explicit FakeMediaServer(Answer answer = {}) : answer_{std::move(answer)} {}

    void set_event_handler(EventHandler handler) override {
        const std::lock_guard lock{handler_mutex_};
        handler_ = std::move(handler);
    }

    void post(room::Command command) override {
        if (answer_) answer_(*this, command);
        const std::lock_guard lock{mutex_};
        commands_.push_back(std::move(command));
        arrived_.notify_all();
    }

    Result<net::FileDescriptor> open_tap(net::TapAccess) override { return fail("no taps here"); }

    RoomWatch watch_rooms(NoticeHandler) override { return {}; }

    void collect_stats(std::function<void(room::ServerStats)> done) override { done(stats); }
    [[nodiscard]] const net::MediaServerConfig& config() const override { return config_; }

    void emit(room::Event event) {
        const std::lock_guard lock{handler_mutex_};
        if (handler_) handler_(std::move(event));
    }
    [[nodiscard]] bool has_handler() {
        const std::lock_guard lock{handler_mutex_};
        return static_cast<bool>(handler_);
    }

    /// The next command of a kind; those before it are forgotten. Nothing after five seconds.
    template <class Body>
    std::optional<room::Command> next() {
        std::unique_lock lock{mutex_};
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
        while (true) {
            while (!commands_.empty()) {
                auto command = std::move(commands_.front());
                commands_.pop_front();
                if (std::holds_alternative<Body>(command.body)) return command;
            }
            if (arrived_.wait_until(lock, until) == std::cv_status::timeout) return std::nullopt;
        }
    }

    room::ServerStats stats;

  private:
    Answer answer_;
    net::MediaServerConfig config_;
    std::mutex handler_mutex_;
    EventHandler handler_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<room::Command> commands_;
};

/// Lets everybody in, as "p-1"; answers offers; sees people off.
inline void friendly(FakeMediaServer& server, const room::Command& command) {
    if (const auto* join = std::get_if<room::Join>(&command.body)) {
        room::Joined joined;
        joined.self = {join->participant.empty() ? "p-1" : join->participant, join->name,
                       join->role};
        joined.resume = "resume-key";
        server.emit({command.client, command.request_id, std::move(joined)});
    } else if (const auto* offer = std::get_if<room::Offer>(&command.body)) {
        server.emit({command.client, command.request_id,
                     room::AnswerEvent{offer->connection, "v=0\r\na=answer\r\n", {}}});
    } else if (std::holds_alternative<room::RestartIceFragment>(command.body)) {
        server.emit(
            {command.client, command.request_id,
             room::IceRestarted{"srvf",
                                "srvpassword-srvpassword-srv",
                                {"candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host"}}});
    } else if (const auto* leave = std::get_if<room::Leave>(&command.body)) {
        server.emit({command.client, command.request_id, room::Closed{leave->reason}});
    }
}

} // namespace parley::test
