// How the elements of a pipeline find each other: a GstContext of type `parley.rtc.Rendezvous`
// that all elements of a pipeline share, and a directory of the whole process behind it, by
// `server-name`.
//
// Locks: the directory's mutex is taken first, the users' own behind it. Watchers are called with
// the directory's mutex held, so that whoever takes its server away knows, when detach returns,
// that nobody uses it any more; they must not call back into this file.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"
#include "net/media_server.hpp"

#include <functional>
#include <memory>
#include <string>

namespace parley {

inline constexpr const char* rendezvous_context_type = "parley.rtc.Rendezvous";
inline constexpr const char* default_server_name = "parley";

/// Identity of a pipeline's meeting point; what stands at it is in the directory.
class Rendezvous {};
using RendezvousPtr = std::shared_ptr<Rendezvous>;

/// Finds the pipeline's rendezvous as gst_gl_ensure_element_data finds its display: asks the
/// parents by NEED_CONTEXT, and where nobody has one makes it and offers it by HAVE_CONTEXT.
/// `known` is what set_context has brought so far. Called from NULL to READY, in the thread that
/// changes the state.
RendezvousPtr find_rendezvous(GstElement* element, const std::function<RendezvousPtr()>& known);

/// What a context of ours carries; null for other types of context.
RendezvousPtr rendezvous_of(GstContext* context);

/// A registration that ends with the object.
class Registration {
  public:
    Registration() = default;
    explicit Registration(std::function<void()> end) : end_{std::move(end)} {}
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Registration(Registration&& other) noexcept : end_{std::exchange(other.end_, nullptr)} {}
    Registration& operator=(Registration&& other) noexcept {
        end();
        end_ = std::exchange(other.end_, nullptr);
        return *this;
    }
    ~Registration() { end(); }
    void end() {
        if (auto f = std::exchange(end_, nullptr)) f();
    }

  private:
    std::function<void()> end_;
};

/// Puts a media server at the rendezvous. Two of one name in one pipeline is an error that names
/// both elements. Ending the registration takes the server away from everybody first.
Result<Registration> offer_media_server(GstElement* element, const RendezvousPtr& rendezvous,
                                        const std::string& server_name,
                                        std::shared_ptr<net::MediaServer> server);

/// Waits for a media server of that name: the pipeline's own if it has one, else the only one of
/// that name in the process. `changed` gets it, now or later, and null before it goes away;
/// `trouble` gets the words where two come into question.
struct MediaServerWatch {
    std::function<void(std::shared_ptr<net::MediaServer>)> changed;
    std::function<void(std::string)> trouble;
};

/// As signalling: a media server has one. Two of one name in one pipeline is an error.
/// Choosing begins with the second step, in READY to PAUSED, when all elements of the pipeline
/// have said what they are.
Result<Registration> register_signaling(GstElement* element, const RendezvousPtr& rendezvous,
                                        const std::string& server_name);
Registration watch_media_server(GstElement* element, const RendezvousPtr& rendezvous,
                                const std::string& server_name, bool as_signaling,
                                MediaServerWatch watch);

} // namespace parley
