// A room as a set of chains: follows who and what is there, through a tap, and keeps a chain for
// each track (or layer) that is wanted.
//
// Threads: the tap's own thread brings news and packets; chains are removed on threads of
// GStreamer's. `mutex_` guards the chains; it is not held while anything is pushed or posted.
#pragma once

#include "elements/room/source/room_news.hpp"
#include "elements/room/source/speaker_choice.hpp"
#include "elements/room/source/stable_pad.hpp"
#include "elements/room/source/track_chain.hpp"
#include "elements/room/source/track_filter.hpp"
#include "elements/room/timeline.hpp"
#include "elements/tap/link.hpp"

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::room_elements {

class RoomSource {
  public:
    struct Config {
        std::string room;
        std::string token;
        TrackFilter filter;
        LayerProperty layer;
        Output output = Output::rtp;
        unsigned latency_ms = 0;
        tap::Purpose purpose = tap::Purpose::none;
        bool consent_required = false;
        bool stable = false; ///< one pad of each kind for ever, with the active speaker
    };
    struct Counters {
        std::uint64_t packets = 0;
        std::uint64_t packets_lost_by_tap = 0;
        unsigned tracks = 0;
    };

    /// `bin` outlives it.
    RoomSource(GstBin* bin, Config config);
    RoomSource(const RoomSource&) = delete;
    RoomSource& operator=(const RoomSource&) = delete;
    ~RoomSource();

    /// Begins to follow the room, by the way that `connect` opens.
    using Connect = std::function<Result<std::unique_ptr<tap::Link>>(tap::Link::Handlers)>;
    Result<void> open(const Connect& connect);
    [[nodiscard]] tap::Hello hello() const;
    /// The pipeline runs (or not): packets flow (or not).
    void set_playing(bool playing);
    /// Every track ends, and no other begins.
    void end();
    /// Joins the tap's thread and removes all pads.
    void close();

    [[nodiscard]] Counters counters() const;

  private:
    struct Known {
        room::TrackInfo info;
        tap::Format format;
    };
    using ChainPtr = std::shared_ptr<TrackChain>;

    void on_control(const tap::Down& message);
    void on_media(const tap::Record& record);
    void on_end_of_message();
    void on_ended(const std::string& reason);

    void on(const tap::Welcome& message);
    void on(const tap::ParticipantJoined& message);
    void on(const tap::ParticipantLeft& message);
    void on(const tap::TrackAdded& message);
    void on(const tap::TrackRemoved& message);
    void on(const tap::TrackMuted& message);
    void on(const tap::TrackLayers& message);
    void on(const tap::ConsentChanged& message);
    void on(const tap::RecordingChanged& message);
    void on(const tap::MessageReceived& message);
    void on(const tap::Speakers& message);
    void on(const tap::StreamEnded& message);
    void on(const tap::Gap& message);
    void on(const tap::Refused& message);
    void on(const tap::Closed& message);
    template <class Other>
    void on(const Other&) {}

    tap::StreamId start(const Known& track, const std::string& rid,
                        std::shared_ptr<StablePad> into = nullptr);
    void subscribe(const TrackChain& chain);
    void tell_all(const GstPtr<GstEvent>& news);
    void tell_newly_linked();
    void update(const std::string& track_id);
    void finish(const ChainPtr& chain);
    void post_collection();

    // room_source_stable.cpp: one pad of each kind
    void select_stable();
    void make_stable_pads();
    void retire(tap::StreamId stream);
    void end_retired();
    void post_message(GstStructure* structure);
    [[nodiscard]] std::vector<ChainPtr> chains() const;

    GstBin* bin_;
    Config config_;
    Timeline timeline_;
    std::map<std::string, tap::ParticipantJoined> participants_; // the tap's thread
    std::map<std::string, Known> tracks_;                        // the tap's thread
    RoomNews news_;                                              // the tap's thread
    std::uint32_t next_stream_ = 1;
    unsigned next_pad_[2] = {0, 0}; ///< audio, video
    guint group_id_;
    const std::shared_ptr<std::mutex> changing_pads_ = std::make_shared<std::mutex>();
    std::string own_close_reason_;
    Instant followed_at_{};

    /// Of `stable`, for audio and for video.
    struct StableTrack {
        std::shared_ptr<StablePad> pad;
        std::string track; ///< what it shows, or is about to
        tap::StreamId stream = tap::no_stream;
    };
    SpeakerChoice speaker_; // the tap's thread
    StableTrack stable_[2]; // the tap's thread; audio, video

    mutable std::mutex mutex_;
    std::vector<tap::StreamId> retired_;       // mutex_: another track passes in their place
    std::map<tap::StreamId, ChainPtr> chains_; // mutex_
    std::vector<TrackChain*> touched_;         // the tap's thread
    std::atomic<bool> playing_{false};
    std::atomic<bool> ending_{false};
    std::atomic<std::uint64_t> packets_{0};
    std::atomic<std::uint64_t> lost_by_tap_{0};
    std::latch opened_{1};              ///< client_ is there
    std::unique_ptr<tap::Link> client_; ///< last: its thread uses the rest
};

} // namespace parley::room_elements
