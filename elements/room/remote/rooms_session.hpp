// What lives on the thread of a RoomsLink: who and what is in the room, the peers, and the way
// back after the connection was lost.
#pragma once

#include "core/router/clock_mapping.hpp"
#include "elements/room/remote/received_track.hpp"
#include "elements/room/remote/rooms_link.hpp"
#include "elements/room/remote/sender_table.hpp"
#include "elements/room/remote/webrtc_peer.hpp"
#include "elements/room/remote/websocket_client.hpp"

#include <map>
#include <mutex>
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
        std::shared_ptr<ReceivedTrack> media;
    };
    /// A track that is published.
    struct Sent {
        tap::Publish request;
        std::uint32_t ssrc = 0;
        unsigned m_line = 0;
        std::string track; ///< its id, once the room has said it
    };
    struct Peer {
        std::shared_ptr<WebrtcPeer> peer;
        std::map<std::string, std::string> tracks; ///< by mid
        std::uint32_t revision = 0;
    };
    /// What streaming threads bring.
    struct Arrived {
        std::string connection;
        std::string mid; ///< empty: a report
        GstPtr<GstBuffer> rtp;
        std::vector<std::uint8_t> report;
        Instant at{};
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
    void tell(const tap::Down& message);
    void offer();
    void on_offer_made(const std::string& sdp);
    void on_publisher_connected();
    void offer_soon();
    void drop_publisher();
    void drop_peer(const std::string& connection);
    void on_peer_failed(const std::string& connection, const std::string& why);
    void arrive(Arrived arrived);
    void take_arrived();
    void take(const Arrived& arrived);
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
    std::map<std::string, Peer> peers_; ///< by connection
    std::map<tap::StreamId, Sent> sent_;
    std::shared_ptr<WebrtcPeer> publisher_;
    std::vector<std::string> offered_mids_; ///< by m-line
    std::vector<std::string> published_;    ///< ids of tracks
    GstPtr<GSource> offer_timer_;
    std::map<std::string, unsigned> failures_; ///< by connection, in a row
    SenderTable& senders_;
    PublisherClock clock_; ///< the server's
    GstPtr<GSource> timer_;

    std::shared_ptr<std::mutex> arrived_mutex_ = std::make_shared<std::mutex>();
    std::vector<Arrived> arrived_; // arrived_mutex_
    GstPtr<GSource> wake_;
};

} // namespace parley::room_elements
