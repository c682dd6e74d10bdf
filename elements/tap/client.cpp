// The mutex guards the queue, the streams and the counters; no handler is called with it held.
#include "elements/tap/client.hpp"

#include "core/base/log.hpp"
#include "core/tap/queue.hpp"
#include "elements/tap/control.hpp"
#include "net/clock.hpp"
#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace parley::tap {
namespace {

constexpr std::size_t input_size = std::size_t{64} << 10;
/// What is asked for; the kernel gives what it allows.
constexpr int socket_buffer_size = 4 << 20;
/// A turn reads so many messages before it looks whether something is to be sent.
constexpr unsigned max_reads_a_turn = 16;
/// After the client's end: how long the server may take for a message that still waits.
constexpr Duration last_words = 1s;
/// Then, for the server to close its end.
constexpr Duration farewell = 200ms;
/// Control records go in beyond the limits, but not for ever.
constexpr std::size_t most_waiting_bytes = std::size_t{32} << 20;

void set_buffer(int fd, int name) {
    ::setsockopt(fd, SOL_SOCKET, name, &socket_buffer_size, sizeof socket_buffer_size);
}

int milliseconds(Duration d) {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

} // namespace

struct Client::Impl {
    /// What a stream's packets are held to while the server does not keep up.
    struct Outgoing {
        bool dropping = false; ///< until a keyframe finds room
    };

    Impl(net::FileDescriptor socket, net::FileDescriptor event, Handlers called)
        : fd{std::move(socket)}
        , wake{std::move(event)}
        , handlers{std::move(called)}
        , input(input_size) {}

    void run();
    void send(const Up& message);
    void send_rtp(const Packet& packet);
    void send_rtcp(StreamId stream, Bytes compound);
    /// Sends what the socket takes. With the mutex held; true when the thread is to be woken.
    bool drain();
    void flush();
    /// False when nothing more comes.
    bool read();
    bool take(Bytes message);
    void take_control(const Record& record);
    bool drop(const Packet& packet, Instant now);
    void finish();

    net::FileDescriptor fd;
    net::FileDescriptor wake;
    Handlers handlers;
    std::thread thread;

    // The thread's own.
    std::vector<std::uint8_t> input;
    std::string reason;  ///< why nothing more comes
    bool closed = false; ///< the server said so

    mutable std::mutex mutex;
    Queue queue{QueueLimits{}};
    std::map<StreamId, Outgoing> streams;
    Counters counters;
    bool blocked = false;               ///< the thread waits until the socket takes more
    bool stopping = false;              ///< the client is being destroyed
    bool over = false;                  ///< nothing can be sent any more
    std::optional<std::string> failure; ///< of sending
};

bool Client::Impl::drain() {
    if (blocked || over) return false;
    while (!queue.empty()) {
        const auto message = queue.front();
        const auto sent =
            ::send(fd.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            queue.pop();
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            blocked = true;
            return true;
        }
        // What the server said before it went is still read: the end of that is the end.
        over = true;
        if (errno != EPIPE && errno != ECONNRESET) {
            failure = net::describe_errno("cannot send through the tap", errno);
        }
        return true;
    }
    return false;
}

void Client::Impl::send(const Up& message) {
    const auto json = to_json(message);
    const auto now = net::steady_now();
    bool woken = false;
    {
        const std::lock_guard lock{mutex};
        if (over) return;
        queue.control(json, now);
        queue.seal(now);
        woken = drain();
        if (queue.waiting_bytes() > most_waiting_bytes) {
            over = true;
            failure = "the server of this tap reads nothing";
            woken = true;
        }
    }
    if (woken) eventfd_write(wake.get(), 1);
}

/// Whether a packet falls to a server that does not keep up; counted then.
bool Client::Impl::drop(const Packet& packet, Instant now) {
    auto& stream = streams[packet.stream];
    if (packet.frame_start) {
        const bool may_start = !stream.dropping || packet.keyframe;
        stream.dropping = over || !queue.roomy(now) || !may_start;
        if (stream.dropping) ++counters.frames_dropped;
    } else if (!stream.dropping && (over || queue.full())) {
        stream.dropping = true;
        ++counters.frames_dropped;
    }
    if (stream.dropping) ++counters.packets_dropped;
    return stream.dropping;
}

void Client::Impl::send_rtp(const Packet& packet) {
    const auto now = net::steady_now();
    const std::lock_guard lock{mutex};
    if (drop(packet, now)) return;
    const auto room = queue.begin_rtp(packet.bytes.size(), now);
    if (room.size() < packet.bytes.size() || packet.bytes.empty()) {
        if (!room.empty()) queue.end_rtp(packet.stream, 0, {}, 0);
        ++counters.packets_dropped;
        return;
    }
    std::memcpy(room.data(), packet.bytes.data(), packet.bytes.size());
    const auto flags = packet.ntp == NtpTime{} ? std::uint8_t{0} : flag_synchronized;
    queue.end_rtp(packet.stream, flags, packet.ntp, packet.bytes.size());
    ++counters.packets_sent;
}

void Client::Impl::send_rtcp(StreamId stream, Bytes compound) {
    const std::lock_guard lock{mutex};
    if (!over) queue.rtcp(stream, compound, net::steady_now());
}

void Client::Impl::flush() {
    bool woken = false;
    {
        const std::lock_guard lock{mutex};
        queue.seal(net::steady_now());
        woken = drain();
    }
    if (woken) eventfd_write(wake.get(), 1);
}

void Client::Impl::take_control(const Record& record) {
    const auto message = parse_down(as_text(record.body));
    if (!message) {
        std::uint64_t count = 0;
        {
            const std::lock_guard lock{mutex};
            count = ++counters.malformed;
        }
        // The 1st, 2nd, 4th, 8th ...
        if ((count & (count - 1)) == 0) {
            log::warning("tap", "the server's message number {} that cannot be read: {}", count,
                         message.error().text);
        }
        return;
    }
    if (!*message) return;
    if (const auto* end = std::get_if<Closed>(&**message)) {
        closed = true;
        log::info("tap", "closed by the server: {}", end->reason);
    }
    if (handlers.control) handlers.control(**message);
}

bool Client::Impl::take(Bytes message) {
    RecordReader reader{message};
    while (const auto record = reader.next()) {
        if (record->type == RecordType::control) {
            take_control(*record);
        } else if (handlers.media) {
            handlers.media(*record);
        }
        if (closed) break;
    }
    if (handlers.end_of_message) handlers.end_of_message();
    if (reader.broken()) reason = "the server of this tap has sent what is no record";
    return !reader.broken() && !closed;
}

bool Client::Impl::read() {
    for (unsigned i = 0; i < max_reads_a_turn; ++i) {
        const auto size = ::recv(fd.get(), input.data(), input.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        // The server went with something unread; what it said before comes next, then the end.
        if (size < 0 && errno == ECONNRESET) continue;
        if (size == 0) {
            reason = "the server has closed the tap without a word";
            return false;
        }
        if (size < 0) {
            reason = net::describe_errno("cannot read from the tap", errno);
            return false;
        }
        if (static_cast<std::size_t>(size) > input.size()) {
            reason = fmt::format("the server of this tap has sent a message of {} bytes", size);
            return false;
        }
        if (!take({input.data(), static_cast<std::size_t>(size)})) return false;
    }
    return true;
}

/// What waits still goes out, as long as the server goes on reading.
void Client::Impl::finish() {
    std::unique_lock lock{mutex};
    queue.seal(net::steady_now());
    for (;;) {
        blocked = false;
        drain();
        if (over || queue.empty()) break;
        lock.unlock();
        pollfd writable{fd.get(), POLLOUT, 0};
        const int ready = ::poll(&writable, 1, milliseconds(last_words));
        lock.lock();
        if (ready == 0 || (ready < 0 && errno != EINTR)) break;
    }
    over = true;
    lock.unlock();
    // Closed with something unread in it, the socket would make the server lose what was sent.
    ::shutdown(fd.get(), SHUT_RDWR);
    while (::recv(fd.get(), input.data(), input.size(), MSG_DONTWAIT) > 0) {
    }
}

void Client::Impl::run() {
    pthread_setname_np(pthread_self(), "parley-tap");
    for (;;) {
        bool wants_to_send = false;
        {
            const std::lock_guard lock{mutex};
            if (stopping) break;
            if (failure) {
                reason = *failure;
                break;
            }
            wants_to_send = blocked && !over;
        }
        std::array<pollfd, 2> polled{
            pollfd{fd.get(), static_cast<short>(POLLIN | (wants_to_send ? POLLOUT : 0)), 0},
            pollfd{wake.get(), POLLIN, 0}};
        if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) {
            reason = net::describe_errno("cannot wait for the tap", errno);
            break;
        }
        if ((polled[1].revents & POLLIN) != 0) {
            eventfd_t value = 0;
            eventfd_read(wake.get(), &value);
        }
        if (wants_to_send && (polled[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
            const std::lock_guard lock{mutex};
            blocked = false;
            drain();
        }
        if ((polled[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !read()) break;
    }
    finish();
    if (handlers.ended) handlers.ended(std::move(reason));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

Result<std::unique_ptr<Client>> Client::start(net::FileDescriptor fd, const Hello& hello,
                                              Handlers handlers) {
    net::FileDescriptor event{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event) return fail(net::describe_errno("cannot make an event for a tap", errno));
    set_buffer(fd.get(), SO_SNDBUF);
    set_buffer(fd.get(), SO_RCVBUF);
    std::unique_ptr<Client> client{
        new Client{std::make_unique<Impl>(std::move(fd), std::move(event), std::move(handlers))}};
    client->send(hello);
    try {
        client->impl_->thread = std::thread{[raw = client->impl_.get()] { raw->run(); }};
    } catch (const std::system_error& error) {
        return fail(fmt::format("cannot start a tap's thread: {}", error.what()));
    }
    return client;
}

Client::~Client() {
    if (!impl_->thread.joinable()) return;
    {
        const std::lock_guard lock{impl_->mutex};
        impl_->stopping = true;
    }
    eventfd_write(impl_->wake.get(), 1);
    impl_->thread.join();
}

void Client::send(const Up& message) {
    impl_->send(message);
}

void Client::send_rtp(const Packet& packet) {
    impl_->send_rtp(packet);
}

void Client::send_rtcp(StreamId stream, Bytes compound) {
    impl_->send_rtcp(stream, compound);
}

void Client::flush() {
    impl_->flush();
}

Client::Counters Client::counters() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->counters;
}

} // namespace parley::tap
