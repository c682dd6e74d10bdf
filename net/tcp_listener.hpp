// Accepts ICE-TCP connections on all addresses of a port, IPv4 and IPv6.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "net/file_descriptor.hpp"

#include <optional>

namespace parley::net {

class TcpListener {
  public:
    static Result<TcpListener> listen(std::uint16_t port);

    [[nodiscard]] int fd() const { return fd_.get(); }

    struct Accepted {
        FileDescriptor fd;
        Endpoint remote;
        IpAddress local;
    };
    /// Nothing when nobody is waiting.
    std::optional<Accepted> accept();

  private:
    explicit TcpListener(FileDescriptor fd) : fd_{std::move(fd)} {}
    FileDescriptor fd_;
};

} // namespace parley::net
