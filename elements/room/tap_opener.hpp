// Opens the tap of an element: at once where its `uri` (or PARLEY_TAP) names one, else when the
// media server of this pipeline or process is there.
#pragma once

#include "elements/room/tap_access.hpp"

#include <functional>
#include <mutex>
#include <string>

namespace parley::room_elements {

class TapOpener {
  public:
    struct Wishes {
        std::string room;
        std::string uri; ///< of Route::here, fd or unix; empty: PARLEY_TAP, else this process
        std::string server_name;
        unsigned timeout_ms = 0; ///< for the server of this process; 0: for ever
    };
    /// Called on any thread, more than once where a server goes and another comes.
    struct Handlers {
        std::function<void(net::FileDescriptor)> opened;
        std::function<void(std::string)> failed;
    };

    /// The element owns this, and outlives it.
    explicit TapOpener(GstElement* element) : element_{element} {}
    TapOpener(const TapOpener&) = delete;
    TapOpener& operator=(const TapOpener&) = delete;
    ~TapOpener() { stop(); }

    /// What `uri` means where it is empty: PARLEY_TAP, or nothing.
    static std::string inherited_uri();

    /// False: it has failed, as it has said.
    bool start(Wishes wishes, const RendezvousPtr& rendezvous, Handlers handlers);
    /// The tap is lost. True where another may come: of a server on this machine it is tried for,
    /// again and again; that of this process is waited for.
    bool retry();
    /// Nothing is called any more from here on, except what is being called.
    void stop();

  private:
    void open_here(const RendezvousPtr& rendezvous);
    void on_server(bool there);
    void open_from_server(unsigned run);
    void give(Result<net::FileDescriptor> tap);
    void fail_with(const std::string& text);
    void start_timeout();
    void call_later(unsigned ms, void (TapOpener::*call)());
    void cancel_timer();
    void on_timeout();
    void connect_again();

    GstElement* element_;
    TapAccess access_;
    std::mutex mutex_;
    Wishes wishes_;              // mutex_
    Handlers handlers_;          // mutex_
    unsigned run_ = 0;           // mutex_: which start() it is; odd while started
    bool failed_ = false;        // mutex_
    unsigned retry_ms_ = 0;      // mutex_
    GstClockID timer_ = nullptr; // mutex_
};

} // namespace parley::room_elements
