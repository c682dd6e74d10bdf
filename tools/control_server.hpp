// The control socket of `parley run`: a Unix socket on which programs of this user ask and steer.
// On the main loop, like all of `parley run`.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/line_connection.hpp"
#include "tools/element_access.hpp"

#include <gio/gio.h>
#include <gst/gst.h>

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace parley::tools {

class ControlServer {
  public:
    struct Handlers {
        std::function<void()> stop; ///< the pipeline is asked to end
        /// The parent that handed down the connection (fd:N) is gone.
        std::function<void()> abandoned;
    };

    /// `address`: a path, whose socket is made with mode 0600 and taken away at the end, or "fd:N",
    /// an inherited connection.
    static Result<std::unique_ptr<ControlServer>> open(const std::string& address,
                                                       GstElement* pipeline, Handlers handlers);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

    /// Tells whoever watches.
    void tell(GstMessage* message);

  private:
    struct Client {
        std::shared_ptr<LineConnection> connection;
        bool watching = false; ///< is told what happens
    };

    ControlServer(GstElement* pipeline, Handlers handlers);
    Result<void> listen(const std::string& path);
    Result<void> inherit(const std::string& address);
    void add(GSocketConnection* connection, bool inherited);
    /// The answer to a line.
    std::string answer(std::string_view line, Client& from);

    GstElement* pipeline_;
    ElementAccess elements_;
    Handlers handlers_;
    GstPtr<GSocketService> service_;
    std::string path_;
    std::list<std::shared_ptr<Client>> clients_;
};

} // namespace parley::tools
