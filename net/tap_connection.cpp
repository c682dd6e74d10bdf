#include "net/tap_connection.hpp"

#include "core/base/log.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace parley::net {

namespace {
/// What is asked for; the kernel gives what it allows. More of it means fewer wakes for both ends.
constexpr int socket_buffer_size = 4 << 20;
/// A client that has not read for so long is not there.
constexpr Duration patience = 60s;
constexpr std::size_t input_size = 65'536;
} // namespace

TapConnection::TapConnection(FileDescriptor fd, const tap::QueueLimits& limits,
                             tap::Queue::Printer print)
    : fd_{std::move(fd)}
    , queue_{limits, std::move(print)}
    , input_{std::make_unique_for_overwrite<std::uint8_t[]>(input_size)} {
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &socket_buffer_size, sizeof socket_buffer_size);
}

std::optional<Bytes> TapConnection::receive() {
    for (;;) {
        const auto size = ::recv(fd_.get(), input_.get(), input_size, MSG_DONTWAIT | MSG_TRUNC);
        if (size > 0 && static_cast<std::size_t>(size) <= input_size) {
            return Bytes{input_.get(), static_cast<std::size_t>(size)};
        }
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Bytes{};
        if (size > 0) log::info("tap", "a message of {} bytes is too long: tap closed", size);
        return std::nullopt;
    }
}

TapConnection::State TapConnection::flush(Instant now) {
    queue_.seal(now);
    blocked_ = false;
    while (!queue_.empty()) {
        const auto message = queue_.front();
        const auto sent =
            ::send(fd_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
            blocked_ = true;
            if (queue_.age(now) < patience) return State::open;
            log::info("tap", "a client has not read for {} s: tap closed",
                      std::chrono::duration_cast<std::chrono::seconds>(patience).count());
            return State::closed;
        }
        if (sent < 0) return State::closed;
        queue_.pop();
    }
    return ending_ ? State::closed : State::open;
}

} // namespace parley::net
