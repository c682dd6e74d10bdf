// How rtcroomsrc and rtcroomsink come by their tap: from the `uri`, from PARLEY_TAP, or from the
// media server of this pipeline or process.
#pragma once

#include "core/base/result.hpp"
#include "core/room/tap.hpp"
#include "elements/common/rendezvous.hpp"
#include "net/file_descriptor.hpp"

#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace parley::room_elements {

/// Where a `uri` leads.
enum class Route {
    here,  ///< empty: PARLEY_TAP, else this process' media server
    fd,    ///< fd:N
    unix,  ///< unix:PATH
    rooms, ///< ws:// or wss://
    http,  ///< http:// or https://
};
/// An unknown scheme is an error that lists the known ones.
Result<Route> route_of(const std::string& uri);

/// Waits for this process' media server, and asks it for taps.
class TapAccess {
  public:
    /// Called on any thread when the media server that it waited for is there, and with false
    /// before it goes. It must not call back into this class.
    using Changed = std::function<void(bool there)>;

    TapAccess() = default;
    TapAccess(const TapAccess&) = delete;
    TapAccess& operator=(const TapAccess&) = delete;
    ~TapAccess() { stop(); }

    /// Begins to look, in READY to PAUSED.
    void watch(GstElement* element, const RendezvousPtr& rendezvous, const std::string& server_name,
               Changed changed, std::function<void(std::string)> trouble);
    void stop();

    /// A tap into `room` of the media server; an error while there is none.
    Result<net::FileDescriptor> open(const std::string& room, const room::Permissions& permissions);

  private:
    std::mutex mutex_;
    std::shared_ptr<net::MediaServer> server_; // mutex_
    Registration registration_;
};

} // namespace parley::room_elements
