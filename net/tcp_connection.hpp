// One accepted ICE-TCP connection (RFC 6544, passive): RFC 4571 frames in and out. What the peer
// does not read is bounded; beyond the bound packets are dropped whole.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/transport/tcp_framing.hpp"
#include "net/file_descriptor.hpp"

#include <vector>

namespace parley::net {

class TcpConnection {
  public:
    enum class State : std::uint8_t { open, closed };

    TcpConnection(FileDescriptor fd, const Flow& flow);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const Flow& flow() const { return flow_; }
    [[nodiscard]] bool wants_write() const { return !pending_.empty(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    /// Reads what is there and calls `deliver(MutBytes datagram)` for each frame.
    template <class Deliver>
    State read(Deliver&& deliver) {
        for (;;) {
            const auto bytes = read_some();
            if (!bytes) return State::closed;
            if (bytes->empty()) return State::open;
            deframer_.push(*bytes);
            while (auto datagram = deframer_.next())
                deliver(*datagram);
            if (deframer_.broken()) return State::closed;
        }
    }

    /// Frames and sends one datagram, or keeps it until the socket takes it.
    void send(Bytes datagram);
    /// The socket can take more.
    State write();

  private:
    /// The bytes read; empty when there are none now; nothing when the connection is over.
    std::optional<MutBytes> read_some();

    static constexpr std::size_t max_pending = std::size_t{512} << 10;

    FileDescriptor fd_;
    Flow flow_;
    TcpDeframer deframer_;
    std::vector<std::uint8_t> input_;
    std::vector<std::uint8_t> pending_;
    std::size_t pending_read_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace parley::net
