// Tells systemd, or whoever speaks its notification protocol (sd_notify(3)), how a service is
// doing.
#pragma once

#include "core/base/result.hpp"
#include "net/file_descriptor.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace parley::tools {

class ServiceManager {
  public:
    /// Nobody listens.
    ServiceManager() = default;

    /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. Without NOTIFY_SOCKET nobody listens.
    static Result<ServiceManager> from_environment();

    void ready() const;
    void stopping() const;
    void alive() const;

    /// How often `alive` is to be called; zero: it need not be.
    [[nodiscard]] std::chrono::milliseconds alive_every() const { return alive_every_; }

  private:
    void send(std::string_view text) const;

    net::FileDescriptor socket_;
    std::string address_; ///< a sockaddr_un as bytes
    std::chrono::milliseconds alive_every_{0};
};

} // namespace parley::tools
