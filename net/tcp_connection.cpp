#include "net/tcp_connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace parley::net {

namespace {
constexpr std::size_t read_size = 16 << 10;
}

TcpConnection::TcpConnection(FileDescriptor fd, const Flow& flow)
    : fd_{std::move(fd)}, flow_{flow}, input_(read_size) {}

std::optional<MutBytes> TcpConnection::read_some() {
    const auto size = ::recv(fd_.get(), input_.data(), input_.size(), MSG_DONTWAIT);
    if (size > 0) return MutBytes{input_.data(), static_cast<std::size_t>(size)};
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return MutBytes{};
    return {};
}

void TcpConnection::send(Bytes datagram) {
    std::array<std::uint8_t, tcp_frame_header_size> header;
    write_tcp_frame_header(header.data(), datagram.size());
    std::size_t done = 0;
    if (pending_.empty()) {
        std::array<iovec, 2> parts{
            iovec{header.data(), header.size()},
            iovec{const_cast<std::uint8_t*>(datagram.data()), datagram.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const auto sent = ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) done = static_cast<std::size_t>(sent);
    } else if (pending_.size() - pending_read_ + datagram.size() > max_pending) {
        ++dropped_;
        return;
    }
    // A frame that was begun must be finished: the stream has no other way to stay in step.
    if (done < header.size()) {
        pending_.insert(pending_.end(), header.begin() + static_cast<std::ptrdiff_t>(done),
                        header.end());
        done = header.size();
    }
    pending_.insert(pending_.end(),
                    datagram.begin() + static_cast<std::ptrdiff_t>(done - header.size()),
                    datagram.end());
}

TcpConnection::State TcpConnection::write() {
    while (pending_read_ < pending_.size()) {
        const auto sent = ::send(fd_.get(), pending_.data() + pending_read_,
                                 pending_.size() - pending_read_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return State::closed;
            // Keep the rest at the front once the part that went is the larger one.
            if (pending_read_ > pending_.size() / 2) {
                pending_.erase(pending_.begin(),
                               pending_.begin() + static_cast<std::ptrdiff_t>(pending_read_));
                pending_read_ = 0;
            }
            return State::open;
        }
        pending_read_ += static_cast<std::size_t>(sent);
    }
    pending_.clear();
    pending_read_ = 0;
    return State::open;
}

} // namespace parley::net
