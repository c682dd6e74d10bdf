// One UDP socket on a wildcard address: reads and writes in batches, answers from the address that
// was asked, and hands runs of packets for one destination to the kernel at once (UDP GSO).
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "core/transport/send_batch.hpp"
#include "net/file_descriptor.hpp"

#include <sys/socket.h>

#include <array>
#include <memory>
#include <vector>

namespace parley::net {

struct SocketCounters {
    std::uint64_t packets_received = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t send_failures = 0; ///< packets that the kernel would not take
};

/// Datagrams of one read. The bytes stay valid until the next read into the same batch.
class ReceiveBatch {
  public:
    static constexpr unsigned capacity = 64;
    static constexpr std::size_t slot_size =
        2048; ///< an MTU and more; longer ones are cut, so lost

    ReceiveBatch();

    [[nodiscard]] unsigned size() const { return size_; }
    [[nodiscard]] const Flow& flow(unsigned i) const { return flows_[i]; }
    [[nodiscard]] MutBytes bytes(unsigned i) { return {storage_.get() + i * slot_size, sizes_[i]}; }

  private:
    friend class UdpSocket;
    static constexpr std::size_t control_size = 64;

    std::unique_ptr<std::uint8_t[]> storage_;
    std::array<mmsghdr, capacity> headers_{};
    std::array<iovec, capacity> vectors_{};
    std::array<sockaddr_storage, capacity> names_{};
    alignas(8) std::array<std::array<std::uint8_t, control_size>, capacity> controls_{};
    std::array<Flow, capacity> flows_{};
    std::array<std::size_t, capacity> sizes_{};
    unsigned size_ = 0;
};

class UdpSocket {
  public:
    /// Binds all addresses of `family` (AF_INET or AF_INET6). An address in use is an error that
    /// names the port.
    static Result<UdpSocket> bind(int family, std::uint16_t port);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] int family() const { return family_; }
    [[nodiscard]] const SocketCounters& counters() const { return counters_; }

    /// Reads what is there, at most a batch, without waiting. False when nothing was there.
    bool receive(ReceiveBatch& batch);

    /// Sends `runs` of `batch`, all of which go to addresses of this socket's family.
    void send(SendBatch& batch, std::span<const SendBatch::Run* const> runs);

  private:
    UdpSocket(FileDescriptor fd, int family);
    void append_message(SendBatch& batch, const SendBatch::Run& run, std::uint32_t first,
                        std::uint32_t count);
    void flush();

    FileDescriptor fd_;
    int family_;
    bool gso_ = true; ///< cleared for good when the kernel refuses it
    SocketCounters counters_;

    // What one sendmmsg takes. The arrays are kept between calls, so that sending allocates
    // nothing.
    struct Outgoing;
    struct OutgoingDeleter {
        void operator()(Outgoing* outgoing) const;
    };
    std::unique_ptr<Outgoing, OutgoingDeleter> out_;
};

} // namespace parley::net
