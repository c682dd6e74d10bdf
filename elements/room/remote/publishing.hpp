// What is published to another server: one webrtcbin with all tracks of the moment. It is never
// renegotiated: where tracks come or go there is another one, with another offer.
#pragma once

#include "elements/room/remote/rooms_protocol.hpp"
#include "elements/room/remote/sender_table.hpp"
#include "elements/room/remote/webrtc_peer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace parley::room_elements {

/// On the thread of `context`, all of it.
class Publishing {
  public:
    struct Handlers {
        std::function<void(const std::string& sdp, const std::vector<rooms::PublishedSource>&)>
            offered;
        std::function<void(const std::string& candidate, unsigned m_line)> candidate;
        std::function<void(const tap::Down&)> tell;
        std::function<void()> changed; ///< tracks have come or gone: time to offer
        std::function<void(const std::string& why)> failed;
    };

    /// `bin` and `senders` outlive it.
    Publishing(GstBin* bin, GMainContext* context, SenderTable& senders, Handlers handlers);
    Publishing(const Publishing&) = delete;
    Publishing& operator=(const Publishing&) = delete;
    ~Publishing();

    void add(const tap::Publish& request);
    void remove(tap::StreamId stream);
    /// Gives back the track's id, where the room has said it.
    std::string mute(tap::StreamId stream, bool muted);
    [[nodiscard]] bool empty() const { return sent_.empty(); }
    /// `changed` is called in a while.
    void offer_soon();

    /// With another peer.
    void offer(WebrtcPeer::Config config);
    /// The answer, and which m-lines carry which tracks.
    void accept(const std::string& sdp, const std::vector<rooms::CarriedTrack>& tracks);
    void drop();

  private:
    struct Sent {
        tap::Publish request;
        std::uint32_t ssrc = 0;
        unsigned m_line = 0;
        std::string track; ///< its id, once the room has said it
    };
    void on_described(const std::string& sdp);
    void on_connected();

    GstBin* bin_;
    GMainContext* context_;
    SenderTable& senders_;
    Handlers handlers_;
    std::map<tap::StreamId, Sent> sent_;
    std::shared_ptr<WebrtcPeer> peer_;
    std::vector<std::string> mids_; ///< by m-line
    GstPtr<GSource> timer_;
};

} // namespace parley::room_elements
