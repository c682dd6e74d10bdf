#include "net/worker.hpp"

#include "core/base/log.hpp"
#include "net/clock.hpp"
#include "net/local_addresses.hpp"
#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace parley::net {

namespace {

constexpr std::uint64_t wake_token = std::uint64_t{1} << 32;
constexpr std::uint64_t udp4_token = wake_token + 1;
constexpr std::uint64_t udp6_token = wake_token + 2;
constexpr std::uint64_t listener_token = wake_token + 3; ///< below: ids of TCP connections
constexpr std::uint64_t tap_token = wake_token << 1;     ///< and all above

/// A turn reads this much at most before it forwards, so that a flood cannot hold media back.
constexpr unsigned max_reads_a_turn = 4;
constexpr Duration address_refresh = 5s;
constexpr std::size_t max_connections = 4096;
/// A TCP connection that no peer of ours has checked from by then is closed.
constexpr Duration unaccepted_limit = 10s;

void watch(int epoll, int fd, std::uint64_t token, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    epoll_ctl(epoll, operation, fd, &event);
}

} // namespace

Worker::Worker(room::EngineConfig config, TapConfig taps, Handlers handlers)
    : config_{std::move(config)}
    , handlers_{std::move(handlers)}
    , engine_{config_, batch_, [this] { send(); }}
    , tap_config_{std::move(taps)} {}

Result<std::unique_ptr<Worker>> Worker::create(room::EngineConfig config, TapConfig taps,
                                               Handlers handlers) {
    std::unique_ptr<Worker> worker{
        new Worker{std::move(config), std::move(taps), std::move(handlers)}};
    if (auto opened = worker->open(); !opened) return tl::make_unexpected(opened.error());
    worker->thread_ = std::thread{[raw = worker.get()] { raw->run(); }};
    return worker;
}

Result<void> Worker::open() {
    epoll_ = FileDescriptor{epoll_create1(EPOLL_CLOEXEC)};
    wake_ = FileDescriptor{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!epoll_ || !wake_) return fail(describe_errno("cannot make an event loop", errno));

    auto udp4 = UdpSocket::bind(AF_INET, config_.port);
    if (!udp4) return tl::make_unexpected(udp4.error());
    udp4_ = std::move(*udp4);
    if (auto udp6 = UdpSocket::bind(AF_INET6, config_.port)) {
        udp6_ = std::move(*udp6);
    } else {
        log::info("net", "{}: IPv4 only", udp6.error().text);
    }
    auto listener = TcpListener::listen(config_.port);
    if (!listener) return tl::make_unexpected(listener.error());
    listener_ = std::move(*listener);

    taps_.emplace(epoll_.get(), tap_token, engine_, tap_config_.limits, tap_config_.codec);

    watch(epoll_.get(), wake_.get(), wake_token, EPOLLIN, EPOLL_CTL_ADD);
    watch(epoll_.get(), udp4_->fd(), udp4_token, EPOLLIN, EPOLL_CTL_ADD);
    if (udp6_) watch(epoll_.get(), udp6_->fd(), udp6_token, EPOLLIN, EPOLL_CTL_ADD);
    watch(epoll_.get(), listener_->fd(), listener_token, EPOLLIN, EPOLL_CTL_ADD);
    return {};
}

Worker::~Worker() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Worker::post(room::Command command) {
    {
        const std::lock_guard lock{mutex_};
        mailbox_.push_back(std::move(command));
        if (mailbox_.size() > 1) return; // woken already
    }
    eventfd_write(wake_.get(), 1);
}

void Worker::run_task(std::function<void()> task) {
    {
        const std::lock_guard lock{mutex_};
        tasks_.push_back(std::move(task));
    }
    eventfd_write(wake_.get(), 1);
}

void Worker::add_tap(FileDescriptor fd, room::TapAccess access) {
    // A function that is copied cannot own a descriptor.
    auto shared = std::make_shared<FileDescriptor>(std::move(fd));
    run_task(
        [this, shared, access = std::move(access)] { taps_->add(std::move(*shared), access); });
}

void Worker::listen_for_taps(TapListener listener, TapPort::Route route) {
    auto shared = std::make_shared<TapListener>(std::move(listener));
    run_task(
        [this, shared, route = std::move(route)] { taps_->listen(std::move(*shared), route); });
}

void Worker::collect_stats(std::function<void(room::WorkerStats)> task) {
    {
        const std::lock_guard lock{mutex_};
        stats_requests_.push_back(std::move(task));
    }
    eventfd_write(wake_.get(), 1);
}

void Worker::run() {
    pthread_setname_np(pthread_self(), fmt::format("parley-sfu-{}", config_.worker).c_str());
    refresh_addresses();
    std::array<epoll_event, 64> ready{};
    for (;;) {
        now_ = steady_now();
        const auto wait = std::clamp<Duration>(engine_.next_deadline(now_) - now_, 0ns, 1s);
        // Rounded up: waking too early would mean waking twice.
        const auto wait_ms =
            static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
        const int count =
            epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), wait_ms);
        now_ = steady_now();
        ++turns_;

        bool woken = false;
        for (int i = 0; i < count; ++i) {
            const auto token = ready[static_cast<std::size_t>(i)].data.u64;
            const auto events = ready[static_cast<std::size_t>(i)].events;
            if (taps_->owns(token)) {
                taps_->handle(token, events, now_);
            } else if (token == wake_token) {
                woken = true;
            } else if (token == udp4_token) {
                read_udp(*udp4_);
            } else if (token == udp6_token) {
                read_udp(*udp6_);
            } else if (token == listener_token) {
                accept();
            } else if (const auto found = connections_.find(static_cast<std::uint32_t>(token));
                       found != connections_.end()) {
                auto& tcp = found->second.tcp;
                if ((events & EPOLLOUT) != 0) {
                    if (tcp.write() == TcpConnection::State::closed) {
                        close_tcp(found->first, true);
                        continue;
                    }
                    if (!tcp.wants_write()) {
                        watch(epoll_.get(), tcp.fd(), token, EPOLLIN, EPOLL_CTL_MOD);
                    }
                }
                if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_tcp(tcp);
            }
        }
        if (woken) {
            eventfd_t value = 0;
            eventfd_read(wake_.get(), &value);
            bool stop = false;
            {
                const std::lock_guard lock{mutex_};
                stop = stopping_;
            }
            carry_out();
            if (stop) {
                engine_.drain(now_);
                flush_taps();
                hand_over();
                return;
            }
        }
        if (now_ >= next_refresh_) refresh_addresses();
        engine_.handle_timeout(now_);
        engine_.end_turn(now_);
        flush_taps();
        hand_over();
    }
}

void Worker::flush_taps() {
    for (const auto id : engine_.outbox().take_closed_taps())
        taps_->end(id);
    taps_->flush(now_);
}

void Worker::carry_out() {
    std::vector<room::Command> commands;
    std::vector<std::function<void(room::WorkerStats)>> requests;
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock{mutex_};
        commands.swap(mailbox_);
        requests.swap(stats_requests_);
        tasks.swap(tasks_);
    }
    for (const auto& task : tasks)
        task();
    for (const auto& command : commands)
        engine_.handle(command, now_);
    for (const auto& request : requests)
        request(stats());
}

void Worker::read_udp(UdpSocket& socket) {
    // A burst is read to its end before it is forwarded: its packets then leave together.
    for (unsigned i = 0; i < max_reads_a_turn && socket.receive(received_); ++i) {
        for (unsigned k = 0; k < received_.size(); ++k) {
            engine_.receive(received_.flow(k), received_.bytes(k), now_);
        }
    }
}

void Worker::accept() {
    while (auto accepted = listener_->accept()) {
        if (connections_.size() >= max_connections) continue;
        const auto id = next_connection_++;
        const Flow flow{accepted->remote, accepted->local, Protocol::tcp, id};
        const int fd = accepted->fd.get();
        connections_.emplace(id,
                             Connection{TcpConnection{std::move(accepted->fd), flow}, now_, false});
        watch(epoll_.get(), fd, id, EPOLLIN, EPOLL_CTL_ADD);
    }
}

void Worker::read_tcp(TcpConnection& connection) {
    const auto id = connection.flow().connection;
    auto& entry = connections_.at(id);
    const auto state = connection.read([&](MutBytes datagram) {
        if (engine_.receive(connection.flow(), datagram, now_)) entry.accepted = true;
    });
    if (state == TcpConnection::State::closed) close_tcp(id, true);
}

void Worker::close_tcp(std::uint32_t id, bool tell_engine) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    if (tell_engine) engine_.flow_closed(found->second.tcp.flow(), now_);
    connections_.erase(found); // closing the descriptor takes it out of epoll
}

void Worker::refresh_addresses() {
    next_refresh_ = now_ + address_refresh;
    engine_.set_addresses(local_addresses());
    std::vector<std::uint32_t> stale;
    for (const auto& [id, connection] : connections_) {
        if (!connection.accepted && now_ - connection.opened > unaccepted_limit) {
            stale.push_back(id);
        }
    }
    for (const auto id : stale)
        close_tcp(id, true);
}

void Worker::send() {
    runs4_.clear();
    runs6_.clear();
    for (const auto& run : batch_.runs()) {
        if (run.flow.protocol == Protocol::udp) {
            (run.flow.remote.address.is_v4() ? runs4_ : runs6_).push_back(&run);
            continue;
        }
        const auto found = connections_.find(run.flow.connection);
        if (found == connections_.end()) continue;
        auto& tcp = found->second.tcp;
        const bool waiting = tcp.wants_write();
        for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
            tcp.send(batch_.bytes(batch_.packets()[i]));
        }
        if (!waiting && tcp.wants_write()) {
            watch(epoll_.get(), tcp.fd(), run.flow.connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        }
    }
    if (!runs4_.empty()) udp4_->send(batch_, runs4_);
    if (!runs6_.empty() && udp6_) udp6_->send(batch_, runs6_);
    batch_.clear();
}

void Worker::hand_over() {
    for (const auto& flow : engine_.outbox().take_closed_flows())
        close_tcp(flow.connection, false);
    for (const auto& notice : engine_.outbox().take_notices())
        handlers_.on_notice(notice);
    auto events = engine_.outbox().take_events();
    if (!events.empty()) handlers_.on_events(std::move(events));
}

room::WorkerStats Worker::stats() const {
    room::WorkerStats stats;
    stats.worker = config_.worker;
    stats.port = config_.port;
    stats.turns = turns_;
    stats.packets_dropped = engine_.counters().dropped;
    for (const auto* socket : {&udp4_, &udp6_}) {
        if (!*socket) continue;
        const auto& counters = (*socket)->counters();
        stats.packets_received += counters.packets_received;
        stats.bytes_received += counters.bytes_received;
        stats.packets_sent += counters.packets_sent;
        stats.bytes_sent += counters.bytes_sent;
        stats.send_failures += counters.send_failures;
    }
    stats.rooms = engine_.stats(now_);
    return stats;
}

} // namespace parley::net
