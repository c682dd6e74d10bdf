// The Unix socket on which programs of this machine open taps (docs/tap.md).
#pragma once

#include "core/base/result.hpp"
#include "net/file_descriptor.hpp"

#include <optional>
#include <string>

namespace parley::net {

class TapListener {
  public:
    /// Makes the socket, for its owner and group (0660). One that a dead server left behind is
    /// replaced; one that is in use is an error that names it.
    static Result<TapListener> listen(std::string path);
    TapListener(TapListener&&) = default;
    TapListener& operator=(TapListener&&) = delete;
    TapListener(const TapListener&) = delete;
    TapListener& operator=(const TapListener&) = delete;
    ~TapListener();

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::optional<FileDescriptor> accept();

  private:
    TapListener(FileDescriptor fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}

    FileDescriptor fd_;
    std::string path_;
};

} // namespace parley::net
