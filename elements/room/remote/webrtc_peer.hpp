// One webrtcbin, made safe: what GStreamer 1.22's lacks is here.
//
// - The peer's certificate is compared with the fingerprint of its SDP before any media passes
//   (RFC 8122, section 6): webrtcbin 1.22 takes whichever it is shown.
// - It is made for one offer and one answer. Whatever else is to change takes another peer.
// - Whoever does not connect in time is given up.
//
// Threads: everything is called on that of `context`, but for packets and reports, which come on
// webrtcbin's own, and send(), which may be called on any.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/sdp/session_description.hpp"
#include "elements/common/gst_ptr.hpp"

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley {

template <>
struct RefTraits<GstPromise> : detail::MiniObjectTraits<GstPromise> {};

namespace room_elements {

/// A STUN or TURN server, as webrtcbin wants it: turn://USER:PASSWORD@HOST:PORT?transport=udp.
struct IceUri {
    bool turn = false;
    std::string uri;
};

class WebrtcPeer : public std::enable_shared_from_this<WebrtcPeer> {
  public:
    struct Config {
        std::string name; ///< of the connection, for words and logs
        std::vector<IceUri> ice;
        unsigned latency_ms = 200; ///< how long to wait for packets that come late or repaired
        unsigned timeout_ms = 10000;
        bool loopback = false; ///< the peer is on this machine
        /// The description waits for all candidates, for a peer that takes none later.
        bool whole = false;
    };
    struct Handlers {
        /// The answer, or the offer, that goes to the peer.
        std::function<void(const std::string& sdp)> described;
        std::function<void(const std::string& candidate, unsigned m_line)> candidate;
        std::function<void()> connected; ///< and the certificate is the right one
        /// It is of no use any more.
        std::function<void(const std::string& why)> failed;
        /// RTP in order, of the m-line with this mid. On a streaming thread.
        std::function<void(const std::string& mid, GstBuffer* rtp)> packet;
        /// A compound RTCP packet. On a streaming thread.
        std::function<void(Bytes compound)> report;
        /// The peer wants a keyframe of what is sent by this m-line.
        std::function<void(unsigned m_line)> keyframe_wanted;
    };

    /// Adds it to `bin`, which outlives it.
    static Result<std::shared_ptr<WebrtcPeer>> create(GstBin* bin, GMainContext* context,
                                                      Config config, Handlers handlers);
    WebrtcPeer(const WebrtcPeer&) = delete;
    WebrtcPeer& operator=(const WebrtcPeer&) = delete;
    ~WebrtcPeer();

    /// Of a peer that offers.
    void answer(const std::string& offer);
    /// Media to send: RTP of these caps; before offer(). Gives back the m-line's number.
    unsigned add_sender(GstCaps* caps);
    /// Media to receive, in any codec that rooms route; before offer().
    void add_receiver(MediaKind kind);
    void offer();
    void accept(const std::string& answer);
    void add_candidate(const std::string& candidate, unsigned m_line);

    /// Asks the peer for a keyframe (RFC 4585, PLI).
    void request_keyframe(const std::string& mid);
    /// False: it does not take it now.
    bool send(unsigned m_line, GstPtr<GstBuffer> rtp);

    /// Out of the bin. Nothing is called any more once this has returned. Not on a thread of
    /// webrtcbin's.
    void close();

  private:
    WebrtcPeer(GstBin* bin, GMainContext* context, Config config, Handlers handlers);
    Result<void> build();
    Result<void> expect_certificate(const std::string& remote_sdp);
    void on_created(const char* which, GstWebRTCSessionDescription* description);
    void on_pad(GstPad* pad);
    void on_inner_pad(GstPad* pad);
    void on_keyframe_wanted(GstPad* pad);
    void on_state();
    void on_gathering();
    void on_gathering_changed();
    void describe();
    void on_timeout();
    bool verify();
    void fail_with(const std::string& why);
    void later(void (WebrtcPeer::*call)());
    /// Calls `done` on webrtcbin's thread, where the peer is there still.
    GstPtr<GstPromise> promise(std::function<void(WebrtcPeer&, GstPromise*)> done);
    void set_remote(const std::string& type, const std::string& sdp, void (WebrtcPeer::*then)());
    void create_description(const char* signal, const char* which);
    void after_remote_offer() { create_description("create-answer", "answer"); }
    void after_remote_answer() {}

    friend struct PeerCallbacks;

    GstBin* bin_;
    GstPtr<GMainContext> context_;
    Config config_;
    Handlers handlers_;
    GstPtr<GstElement> webrtc_;
    GstPtr<GstElement> rtpbin_;
    std::vector<sdp::Fingerprint> fingerprints_;
    GstPtr<GSource> timer_;
    std::vector<GstPtr<GstPad>> senders_;   ///< by their m-lines; linked to webrtcbin's pads
    std::vector<GstPtr<GstPad>> receivers_; ///< mutex_: ours, which webrtcbin's are linked to
    std::map<std::string, GstPtr<GstPad>> received_; // mutex_: webrtcbin's, by their mids
    std::mutex mutex_;
    /// What webrtcbin has been asked to do and has not done: with that it must not be taken down,
    /// or it holds itself for ever.
    struct Pending {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned count = 0; // mutex
    };
    const std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();
    bool described_ = false;
    GstPtr<GSource> gathering_timer_;
    bool closed_ = false;
    bool failed_ = false;
    std::atomic<bool> verified_{false};
    std::atomic<bool> refused_{false}; ///< the certificate is another's
};

} // namespace room_elements
} // namespace parley
