// One request pad of rtcroomsink: what comes in by it is one track after another, told apart by
// their stream-ids. Each has a chain that makes RTP of it, and is published until its EOS.
#pragma once

#include "elements/room/sink/published_track.hpp"
#include "elements/room/sink/room_publisher.hpp"
#include "elements/room/sink/send_chain.hpp"

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace parley::room_elements {

class TrackInput : public std::enable_shared_from_this<TrackInput> {
  public:
    struct Handlers {
        std::function<void(std::string)> warning;
        std::function<void(std::string)> error;
        std::function<void()> ended; ///< a track; the pad may get another
    };

    /// `bin` and `publisher` outlive it. `pad` has been made by make_sink_pad.
    static std::shared_ptr<TrackInput> create(GstBin* bin, GstPtr<GstPad> pad, MediaKind kind,
                                              RoomPublisher& publisher, Handlers handlers);
    TrackInput(const TrackInput&) = delete;
    TrackInput& operator=(const TrackInput&) = delete;
    ~TrackInput() = default;

    [[nodiscard]] GstPad* pad() const { return pad_.get(); }
    /// Before the element pauses, or with the pad where it has: `async` takes part in preroll.
    void prepare(SendChain::Config config, bool async);
    /// Everything away, the track unpublished. Not on a streaming thread of its own.
    void reset();

    /// Unpublished: what comes yet on this track goes nowhere.
    void end();

    /// An RTP sink has had its EOS: false where it is none of ours.
    bool on_sink_eos(GstObject* sink);
    /// Nothing more comes, for all we know: an EOS, and no track after it.
    [[nodiscard]] bool finished() const;
    /// It has carried a track of a room: others may follow.
    [[nodiscard]] bool from_room() const;

  private:
    struct Track {
        std::shared_ptr<SendChain> chain;
        std::shared_ptr<PublishedTrack> published;
    };

    TrackInput(GstBin* bin, GstPtr<GstPad> pad, MediaKind kind, RoomPublisher& publisher,
               Handlers handlers);
    GstPadProbeReturn on_event(GstEvent* event);
    GstPadProbeReturn on_caps(GstCaps* caps);
    void on_stream_start(GstEvent* event);
    void on_room_track(const GstStructure* state);
    void on_flush_stop();
    bool build(GstCaps* caps);
    void begin_track(Codec codec, std::vector<std::string> rids, bool encoded_here);
    [[nodiscard]] RtpSinkHandlers sink_handlers(unsigned layer);
    [[nodiscard]] room::TrackSource source() const;
    [[nodiscard]] bool is_live() const;
    [[nodiscard]] std::shared_ptr<PublishedTrack> published() const;
    void drop_track();
    void note_end();

    friend struct TrackInputCallbacks;

    GstBin* bin_;
    GstPtr<GstPad> pad_;
    const MediaKind kind_;
    RoomPublisher& publisher_;
    const Handlers handlers_;

    mutable std::mutex mutex_;
    SendChain::Config config_;                     // mutex_
    GstPtr<GstElement> idle_sink_;                 // mutex_: in the bin, of the next track
    Track track_;                                  // mutex_
    std::string stream_id_;                        // mutex_
    std::optional<room::TrackSource> room_source_; // mutex_: of `parley-track`
    bool muted_ = false;                           // mutex_: of `parley-track`
    bool from_room_ = false;                       // mutex_
    bool finished_ = false;                        // mutex_
};

} // namespace parley::room_elements
