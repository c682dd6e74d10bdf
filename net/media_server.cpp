#include "net/media_server.hpp"

#include "core/dtls/context.hpp"
#include "net/clock.hpp"
#include "net/socket_address.hpp"
#include "net/worker.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <mutex>
#include <shared_mutex>
#include <string_view>

namespace parley::net {

namespace {

/// What waits for a tap's client is not older than this.
constexpr Duration tap_age = 2s;

/// "192.0.2.1", "192.0.2.1:20000", "2001:db8::1", "[2001:db8::1]:20000".
Result<Endpoint> parse_announced(std::string_view text) {
    Endpoint endpoint;
    auto address = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end != std::string_view::npos) {
            address = text.substr(1, end - 1);
            if (text.substr(end + 1).starts_with(':')) port = text.substr(end + 2);
        }
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        const auto colon = text.find(':');
        address = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    const auto parsed = IpAddress::parse(address);
    bool good = parsed.has_value();
    if (good && !port.empty()) {
        const auto [end, error] =
            std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
        good = error == std::errc{} && end == port.data() + port.size();
    }
    if (!good) {
        return fail(fmt::format("announce: \"{}\" is no IP address (ADDRESS, or ADDRESS:PORT where "
                                "a NAT changes the port)",
                                text));
    }
    endpoint.address = *parsed;
    return endpoint;
}

class Server final : public MediaServer {
  public:
    Server(MediaServerConfig config, NoticeHandler on_notice)
        : config_{std::move(config)}, on_notice_{std::move(on_notice)} {}

    Result<void> start() {
        auto context = dtls::Context::create();
        if (!context) return tl::make_unexpected(context.error());

        room::EngineConfig engine;
        engine.dtls = *context;
        engine.consent_timeout = config_.consent_timeout;
        engine.resume_time = config_.resume_time;
        engine.wall = read_wall_clock();
        engine.consent_required = config_.consent_required;
        engine.parse_tap = config_.tap_codec.parse;
        auto codecs =
            sdp::parse_video_order(fmt::format("{}", fmt::join(config_.video_codecs, ",")));
        if (!codecs) return tl::make_unexpected(codecs.error());
        engine.video_codecs = *codecs;
        for (const auto& text : config_.announce) {
            const auto endpoint = parse_announced(text);
            if (!endpoint) return tl::make_unexpected(endpoint.error());
            engine.announce.push_back(*endpoint);
        }
        if (config_.workers == 0 || config_.port + config_.workers - 1 > 65535) {
            return fail(fmt::format("port {} and {} workers: the last port would be above 65535",
                                    config_.port, config_.workers));
        }
        for (unsigned i = 0; i < config_.workers; ++i) {
            engine.worker = i;
            engine.port = static_cast<std::uint16_t>(config_.port + i);
            auto worker = Worker::create(
                engine, {tap::QueueLimits{config_.tap_buffer, tap_age}, config_.tap_codec},
                {[this](std::vector<room::Event> events) { deliver(std::move(events)); },
                 [this, i](const Notice& notice) { tell(i, notice); }});
            if (!worker) return tl::make_unexpected(worker.error());
            workers_.push_back(std::move(*worker));
        }
        if (!config_.tap_socket.empty()) {
            auto listener = TapListener::listen(config_.tap_socket);
            if (!listener) return tl::make_unexpected(listener.error());
            workers_.front()->listen_for_taps(std::move(*listener),
                                              [this](const std::string& room, FileDescriptor& fd) {
                                                  auto& owner = worker_of(room);
                                                  if (&owner == workers_.front().get())
                                                      return false;
                                                  owner.add_tap(std::move(fd), {});
                                                  return true;
                                              });
        }
        return {};
    }

    void set_event_handler(EventHandler handler) override {
        const std::unique_lock lock{handler_mutex_};
        handler_ = std::move(handler);
    }

    void post(room::Command command) override {
        auto& worker = worker_of(command.room);
        worker.post(std::move(command));
    }

    Result<FileDescriptor> open_tap(TapAccess access) override {
        if (!config_.tap_codec.parse) return fail("this media server has no taps");
        if (access.room.empty()) return fail("a tap is for one room: give its name");
        int ends[2] = {-1, -1};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
            return fail(describe_errno("cannot make a tap", errno));
        }
        FileDescriptor ours{ends[0]};
        FileDescriptor theirs{ends[1]};
        auto& worker = worker_of(access.room);
        worker.add_tap(std::move(ours), std::move(access));
        return theirs;
    }

    RoomWatch watch_rooms(NoticeHandler handler) override {
        auto watcher = std::make_shared<Watcher>();
        watcher->handler = std::move(handler);
        watcher->begun.resize(workers_.size());
        {
            const std::lock_guard lock{watchers_mutex_};
            watchers_.push_back(watcher);
        }
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i]->collect_stats(
                [watcher, i](const room::WorkerStats& stats) { begin(*watcher, i, stats); });
        }
        return {watcher.get(), [this, watcher](void*) {
                    {
                        const std::lock_guard lock{watchers_mutex_};
                        std::erase(watchers_, watcher);
                    }
                    const std::lock_guard lock{watcher->mutex};
                    watcher->handler = nullptr;
                }};
    }

    void collect_stats(std::function<void(room::ServerStats)> done) override {
        struct Gathering {
            std::mutex mutex;
            room::ServerStats stats;
            std::size_t missing = 0;
            std::function<void(room::ServerStats)> done;
        };
        auto gathering = std::make_shared<Gathering>();
        gathering->missing = workers_.size();
        gathering->done = std::move(done);
        for (auto& worker : workers_) {
            worker->collect_stats([gathering](room::WorkerStats stats) {
                {
                    const std::lock_guard lock{gathering->mutex};
                    gathering->stats.workers.push_back(std::move(stats));
                    if (--gathering->missing != 0) return;
                }
                gathering->done(std::move(gathering->stats));
            });
        }
    }

    [[nodiscard]] const MediaServerConfig& config() const override { return config_; }

  private:
    /// A room lives on one worker, found by its name alone.
    Worker& worker_of(const std::string& room) {
        return *workers_[std::hash<std::string>{}(room) % workers_.size()];
    }

    struct Watcher {
        std::mutex mutex; ///< held while the handler runs, so that ending the watch waits
        NoticeHandler handler;
        std::vector<bool> begun; ///< by worker: it has been told what is there
    };

    /// What is there already. On the worker's thread, like all that follows.
    static void begin(Watcher& watcher, std::size_t worker, const room::WorkerStats& stats) {
        using Kind = Notice::Kind;
        const std::lock_guard lock{watcher.mutex};
        watcher.begun[worker] = true;
        if (!watcher.handler) return;
        for (const auto& r : stats.rooms) {
            watcher.handler({Kind::room_opened, r.name, {}, {}, {}, false});
            for (const auto& p : r.participants) {
                watcher.handler({Kind::participant_joined,
                                 r.name,
                                 p.id,
                                 {},
                                 {},
                                 p.role == room::Role::participant});
            }
            for (const auto& t : r.tracks) {
                const auto& info = t.info;
                const bool human =
                    std::any_of(r.participants.begin(), r.participants.end(), [&](const auto& p) {
                        return p.id == info.participant && p.role == room::Role::participant;
                    });
                watcher.handler(
                    {Kind::track_published, r.name, info.participant, info.id, {}, human});
            }
        }
    }

    void tell(std::size_t worker, const Notice& notice) {
        on_notice_(notice);
        std::vector<std::shared_ptr<Watcher>> watchers;
        {
            const std::lock_guard lock{watchers_mutex_};
            watchers = watchers_;
        }
        for (const auto& watcher : watchers) {
            const std::lock_guard lock{watcher->mutex};
            if (watcher->begun[worker] && watcher->handler) watcher->handler(notice);
        }
    }

    void deliver(std::vector<room::Event> events) {
        const std::shared_lock lock{handler_mutex_};
        if (!handler_) return;
        for (auto& event : events)
            handler_(std::move(event));
    }

    MediaServerConfig config_;
    NoticeHandler on_notice_;
    std::shared_mutex handler_mutex_; ///< held while the handler runs, so that detaching waits
    EventHandler handler_;
    std::mutex watchers_mutex_;
    std::vector<std::shared_ptr<Watcher>> watchers_; // watchers_mutex_
    std::vector<std::unique_ptr<Worker>> workers_;   ///< last: their threads use the rest
};

} // namespace

Result<std::unique_ptr<MediaServer>> start_media_server(MediaServerConfig config,
                                                        MediaServer::NoticeHandler on_notice) {
    auto server = std::make_unique<Server>(std::move(config), std::move(on_notice));
    if (auto started = server->start(); !started) return tl::make_unexpected(started.error());
    return server;
}

} // namespace parley::net
