// The client's end of a tap: a thread that reads what comes down, and a sender for what goes up
// that never blocks. One for each rtcroomsrc and rtcroomsink that uses a tap.
#pragma once

#include "core/base/result.hpp"
#include "elements/tap/link.hpp"
#include "net/file_descriptor.hpp"

#include <memory>
#include <string>

namespace parley::tap {

/// Connects to the tap socket of a server on this machine; the error names the path and the remedy.
Result<net::FileDescriptor> connect_tap(const std::string& path);

/// An inherited descriptor, "fd:N" as it stands in `uri` or PARLEY_TAP: must be a seqpacket socket.
/// Taken over, and closed on exec from now on.
Result<net::FileDescriptor> inherited_tap(const std::string& uri);

/// The next descriptor of PARLEY_TAP, "fd:N,fd:M,...", that nobody of this process has taken yet.
Result<net::FileDescriptor> next_inherited_tap(const std::string& list);

class Client final : public Link {
  public:
    /// Says `hello` and starts the thread.
    static Result<std::unique_ptr<Client>> start(net::FileDescriptor fd, const Hello& hello,
                                                 Handlers handlers);
    /// What was sent before still goes out, for as long as the server reads.
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() override;

    void send(const Up& message) override;
    void send_rtp(const Packet& packet) override;
    void send_rtcp(StreamId stream, Bytes compound) override;
    void flush() override;
    [[nodiscard]] Counters counters() const override;

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace parley::tap
