// What lives on the thread of a RoomsLink: who and what is in the room, the peers, and the way
// back after the connection was lost.
#pragma once

#include "elements/room/remote/publishing.hpp"
#include "elements/room/remote/reception.hpp"
#include "elements/room/remote/rooms_link.hpp"
#include "elements/room/remote/sender_table.hpp"
#include "elements/room/remote/webrtc_peer.hpp"
#include "elements/room/remote/websocket_client.hpp"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace parley::room_elements {

/// STUN and TURN servers as webrtcbin takes them; what it cannot use safely is left out, with words
/// in `refused`.
std::vector<IceUri> to_ice_uris(const std::vector<rooms::IceServer>& servers,
                                std::vector<std::string>& refused);
/// Whether the host of an address is this machine's loopback.
bool is_loopback(const std::string& uri);

class RoomsLink::Session {
  public:
    /// `bin` and `senders` outlive it.
    Session(GstBin* bin, RemoteConfig config, Handlers handlers, SenderTable& senders,
            GMainContext* context);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    void connect();
    void on_request(const tap::Up& message);
    /// Says good-bye.
    void leave();

  private:
    /// A track that is received, or is to be.
    struct Stream {
        tap::StreamId id = tap::no_stream;
        std::string track;
        LayerChoice layer;
        bool paused = false;
    };
    struct Peer {
        std::shared_ptr<WebrtcPeer> peer;
        std::map<std::string, std::string> tracks; ///< by mid
    };
    void on_opened();
    void on_text(std::string_view text);
    void on_lost(const std::string& why);
    void on(const rooms::Joined& message);
    void on(const rooms::Offer& message);
    void on(const rooms::Answer& message);
    void on(const rooms::ConnectionClosed& message);
    void on(const rooms::TrackPublished& message);
    void on(const rooms::Left& message);
    void on(const rooms::Refused& message);
    void on(const rooms::News& message);

    void on_up(const tap::Subscribe& message);
    void on_up(const tap::Unsubscribe& message);
    void on_up(const tap::ChooseLayer& message);
    void on_up(const tap::Pause& message);
    void on_up(const tap::RequestKeyframe& message);
    void on_up(const tap::Publish& message);
    void on_up(const tap::Unpublish& message);
    void on_up(const tap::Mute& message);
    template <class Other>
    void on_up(const Other&) {}

    void add_track(const room::TrackInfo& track);
    void remove_track(const std::string& track);
    void subscribe(const Stream& stream);
    void say(const std::string& text);
    void tell(const tap::Down& message);
    Publishing::Handlers publishing_handlers();
    void offer();
    [[nodiscard]] WebrtcPeer::Config peer_config(const std::string& connection) const;
    void drop_peer(const std::string& connection);
    void on_peer_failed(const std::string& connection, const std::string& why);
    void end(const std::string& reason);
    void call_after(unsigned ms, void (Session::*call)());

    GstBin* bin_;
    RemoteConfig config_;
    Handlers handlers_;
    GMainContext* context_;
    std::shared_ptr<WebSocketClient> socket_;
    std::string resume_;
    bool joined_ = false;
    bool ended_ = false;
    unsigned retry_ms_ = 0;
    Instant lost_at_{};
    std::vector<IceUri> ice_;
    std::map<std::string, room::ParticipantInfo> participants_;
    std::map<std::string, room::TrackInfo> tracks_;
    std::map<tap::StreamId, Stream> streams_;
    std::map<std::string, Peer> peers_;        ///< by connection
    std::vector<std::string> published_;       ///< ids of tracks
    std::map<std::string, unsigned> failures_; ///< by connection, in a row
    GstPtr<GSource> timer_;
    const WallClock wall_;
    Reception reception_;
    Publishing publishing_;
};

} // namespace parley::room_elements
