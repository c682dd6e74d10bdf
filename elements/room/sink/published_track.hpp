// One track of rtcroomsink: takes the RTP packets of its layers as their time comes, and publishes
// them where the room is to be reached. It comes up again with each new way there, at a keyframe.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/packet.hpp"
#include "elements/room/sink/publication.hpp"
#include "elements/room/timeline.hpp"

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::room_elements {

class RoomPublisher;

class PublishedTrack : public std::enable_shared_from_this<PublishedTrack> {
  public:
    struct Config {
        room::TrackSource source = room::TrackSource::camera;
        Codec codec = Codec::vp8;
        std::vector<std::string> rids{""};
        bool encoded_here = false; ///< its keyframes come on demand: no need to try
    };
    struct Handlers {
        /// Asks upstream for a keyframe of a layer; false where nobody there makes any.
        std::function<bool(unsigned layer)> force_keyframe;
        std::function<void(std::string)> refused; ///< the room does not take the track
    };

    /// `publisher` outlives it.
    PublishedTrack(RoomPublisher& publisher, Config config, Handlers handlers);
    PublishedTrack(const PublishedTrack&) = delete;
    PublishedTrack& operator=(const PublishedTrack&) = delete;
    ~PublishedTrack() { end(); }

    // On the streaming thread of a layer:

    /// Of its packets from now on: application/x-rtp.
    void set_caps(unsigned layer, GstCaps* caps);
    void packet(unsigned index, GstBuffer* buffer, GstClockTime running_time);
    void flush();
    /// While true, packets that wait for the way to the room return.
    void unlock(bool unlocked);
    /// Of a live source: goes on while the room is not to be reached, and loses what comes then.
    void set_live(bool live) { live_ = live; }

    // From any thread:

    void set_muted(bool muted);
    /// RFC 6464 level of what comes next, 0 (loud) to 127: sent where the packets carry none.
    void set_audio_level(std::uint8_t level) { audio_level_ = level; }
    /// Whether anybody receives it; true until it is published.
    [[nodiscard]] bool wanted() const { return wanted_; }
    [[nodiscard]] bool live() const { return live_; }
    /// Something has been sent of it.
    [[nodiscard]] bool begun() const { return begun_; }
    /// Unpublished; nothing is sent any more.
    void end();

  private:
    struct Layer {
        rtp::ExtensionMap extensions;
        bool rewrite = false;        ///< its extension ids are not the canonical ones
        bool waiting = true;         ///< for a keyframe
        std::uint64_t published = 0; ///< which time of publishing that is about
        std::vector<std::uint8_t> scratch;
    };

    std::shared_ptr<Publication> reach();
    void publish(const std::shared_ptr<Publication>& publication);
    Bytes canonical(Layer& layer, Bytes whole, const rtp::PacketView& packet);

    RoomPublisher& publisher_;
    const Config config_;
    const Handlers handlers_;
    std::vector<Layer> layers_; ///< each its own thread's
    std::atomic<bool> unlocked_{false};
    std::atomic<bool> wanted_{true};
    std::atomic<bool> live_{false};
    std::atomic<bool> begun_{false};
    std::atomic<int> audio_level_{-1};

    std::mutex mutex_;
    std::weak_ptr<Publication> publication_; // mutex_: where it is published now
    LayerStreams streams_;                   // mutex_
    std::uint64_t published_ = 0;            // mutex_: how often
    std::string fmtp_;                       // mutex_
    std::uint8_t payload_type_ = 0;          // mutex_
    bool muted_ = false;                     // mutex_
    bool ended_ = false;                     // mutex_
};

} // namespace parley::room_elements
