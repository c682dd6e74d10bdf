// The other end of a control socket, for `parley ctl`: one request after another, and it waits.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/json.hpp"

#include <gio/gio.h>

#include <string>

namespace parley::tools {

class ControlClient {
  public:
    /// The error names the path and the remedy.
    static Result<ControlClient> connect(const std::string& path);

    Result<void> send(const std::string& line);
    /// The next answer's value as JSON, or its error; events before it are passed over.
    Result<std::string> answer();
    /// The next line, whatever it is; empty at the end.
    Result<std::string> line();

  private:
    ControlClient(GstPtr<GSocketConnection> connection, GstPtr<GDataInputStream> input)
        : connection_{std::move(connection)}, input_{std::move(input)} {}

    GstPtr<GSocketConnection> connection_;
    GstPtr<GDataInputStream> input_;
};

} // namespace parley::tools
