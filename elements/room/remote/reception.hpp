// What is received from another server: packets and reports that webrtcbin's threads bring become
// records of the streams that were asked for, on the link's thread.
#pragma once

#include "core/router/clock_mapping.hpp"
#include "elements/room/remote/received_track.hpp"
#include "elements/room/remote/webrtc_peer.hpp"
#include "elements/tap/link.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::room_elements {

class Reception {
  public:
    /// `handlers` outlive it; of them control, media and end_of_message are called.
    Reception(GMainContext* context, const WallClock& wall, const tap::Link::Handlers& handlers);
    Reception(const Reception&) = delete;
    Reception& operator=(const Reception&) = delete;
    /// No peer brings anything any more.
    ~Reception();

    // On the link's thread:

    /// Which track comes by which m-line of a connection.
    void carry(const std::string& connection, std::map<std::string, std::string> track_by_mid);
    void forget(const std::string& connection) { carried_.erase(connection); }
    void add(tap::StreamId stream, const std::string& track, Codec codec);
    void remove(tap::StreamId stream) { streams_.erase(stream); }
    void remove_track(const std::string& track);

    /// Sets `packet` and `report` of a peer's handlers.
    void listen(const std::string& connection, WebrtcPeer::Handlers& handlers);

  private:
    struct Arrived {
        std::string connection;
        std::string mid; ///< empty: a report
        GstPtr<GstBuffer> rtp;
        std::vector<std::uint8_t> report;
        Instant at{};
    };
    struct Stream {
        std::string track;
        ReceivedTrack media;
    };

    void arrive(Arrived arrived);
    void take_all();
    void take_report(const Arrived& arrived);
    void take_packet(const Arrived& arrived);

    const tap::Link::Handlers& handlers_;
    PublisherClock clock_; ///< the server's
    std::map<std::string, std::map<std::string, std::string>> carried_;
    std::map<tap::StreamId, Stream> streams_;
    GstPtr<GSource> wake_;
    std::mutex mutex_;
    std::vector<Arrived> arrived_; // mutex_
};

} // namespace parley::room_elements
