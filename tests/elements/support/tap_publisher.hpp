// Somebody who publishes a test picture and a tone into a room of this process, through a tap.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/room/tap_access.hpp"
#include "elements/tap/client.hpp"

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace parley::test {

class TapPublisher {
  public:
    struct Media {
        std::string encoder; ///< of videotestsrc or audiotestsrc, to RTP
        room::TrackSource source = room::TrackSource::camera;
        std::string codec;
        std::string fmtp;
        std::uint8_t payload_type = 96;
        bool timed = true; ///< says when each packet was captured
    };
    static Media vp8();
    static Media h264();
    static Media opus();

    /// Comes in as `participant`; fails the test where that does not work.
    TapPublisher(const std::string& room, const std::string& participant,
                 room::Role role = room::Role::participant);
    TapPublisher(const TapPublisher&) = delete;
    TapPublisher& operator=(const TapPublisher&) = delete;
    /// Leaves.
    ~TapPublisher();

    void publish(const Media& media);
    void unpublish(room::TrackSource source);
    void mute(room::TrackSource source, bool muted);
    /// Of somebody who needs one of our tracks.
    bool wait_for_keyframe_wanted(KeyframeReason reason);
    /// Any other request of a tap's client, as tap::SendMessage.
    void send(const tap::Up& request) { client_->send(request); }
    [[nodiscard]] unsigned keyframes_wanted() const { return keyframes_wanted_; }

  private:
    struct Track {
        tap::StreamId stream{};
        GstPtr<GstElement> pipeline;
    };
    void send(tap::StreamId stream, Codec codec, bool timed, GstSample* sample);
    void stop(Track& track);

    GstPtr<GstElement> element_; ///< stands for an element of ours at the rendezvous
    room_elements::TapAccess access_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<WallClock> wall_;    // mutex_
    bool joined_ = false;              // mutex_
    bool there_ = false;               // mutex_: the media server
    std::set<KeyframeReason> reasons_; // mutex_
    std::atomic<unsigned> keyframes_wanted_{0};
    std::map<room::TrackSource, Track> tracks_;
    std::uint32_t next_stream_ = 1;
    std::unique_ptr<tap::Client> client_;
};

} // namespace parley::test
