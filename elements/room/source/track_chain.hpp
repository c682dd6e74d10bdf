// The way of one track (or one layer of it) through rtcroomsrc: from RTP records to a pad.
//
//   records -> rtpjitterbuffer [-> depayloader, parser [-> decoder]] -> ghost pad
//
// The jitter buffer reorders and waits, no more: times come from the room's timeline, packet by
// packet, and are put onto buffers behind it. The pad is added when its stream-start, caps and
// segment are known. Where nothing is linked to it the track is paused in the room.
#pragma once

#include "core/base/result.hpp"
#include "core/router/layer_choice.hpp"
#include "core/tap/messages.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/room/element_row.hpp"
#include "elements/room/source/stable_pad.hpp"
#include "elements/room/timeline.hpp"

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace parley::room_elements {

enum class Output { rtp, encoded, raw };

class TrackChain : public std::enable_shared_from_this<TrackChain> {
  public:
    struct Config {
        tap::StreamId stream = tap::no_stream;
        room::TrackInfo track;
        tap::Format format;
        std::string rid;       ///< of the one layer that it carries; empty: whichever fits
        std::string stream_id; ///< of stream-start: room/participant/track[/rid]
        std::string title;     ///< the participant's display name
        std::string pad_name;
        Output output = Output::rtp;
        unsigned latency_ms = 0;
        guint group_id = 0;
        /// Pads of the element come and go one at a time: whoever links all that it has (gst-launch
        /// for `:`) when one is added would else take one that another thread adds or removes just
        /// then, and leave its own.
        std::shared_ptr<std::mutex> changing_pads;
        /// Passes through this instead of a pad of its own, as the one that is chosen.
        std::shared_ptr<StablePad> into;
    };
    /// Called on streaming threads, or on those of whoever links or sends events to the pad.
    struct Handlers {
        std::function<void(const tap::Up&)> request;
        std::function<void()> drained;              ///< its EOS has gone through
        std::function<void(GstStructure*)> message; ///< (transfer full) for the bus
        std::function<void()> passing; ///< with `into`: in the place of the track before
    };

    /// Adds the elements to `bin`, which outlives the chain. The error names a missing element and
    /// its package.
    static Result<std::shared_ptr<TrackChain>> create(GstBin* bin, Config config,
                                                      const Timeline& timeline, Handlers handlers);
    TrackChain(const TrackChain&) = delete;
    TrackChain& operator=(const TrackChain&) = delete;
    ~TrackChain();

    [[nodiscard]] const Config& config() const { return config_; }
    /// Streams that the room has to send now.
    [[nodiscard]] bool wanted() const { return linked_ && !held_; }
    [[nodiscard]] GstPtr<GstStream> gst_stream() const;

    // On the thread that reads the tap:

    void push(const tap::Record& record);
    /// What has been pushed goes on its way.
    void flush();
    /// The track's state has changed; goes through the pad as a sticky event and onto the bus.
    void set_state(const room::TrackInfo& track, const room::ParticipantInfo& participant,
                   bool consent);
    /// News of the room, in order with what has been pushed.
    void tell(const GstPtr<GstEvent>& news);
    /// Once after somebody has linked a pad that nobody took before, or after it has begun to pass
    /// through a stable one: what it was told is lost.
    [[nodiscard]] bool take_newly_linked() { return newly_linked_.exchange(false); }
    void set_newly_linked() { newly_linked_ = true; }
    /// Packets that the tap left out, in order with those that it did not.
    void add_gap(const tap::Gap& gap);
    void end();

    /// Takes the pad and the elements away. Not on a streaming thread of its own.
    void remove();
    /// The same once what is on its way through the pad (its EOS) has arrived.
    void remove_when_idle();

  private:
    TrackChain(GstBin* bin, Config config, const Timeline& timeline, Handlers handlers);
    Result<void> build();
    void begin_stream();
    void expose();
    void expose_into_stable();

    GstPadProbeReturn on_timed(GstPadProbeInfo* info);
    GstPadProbeReturn on_finished(GstPadProbeInfo* info);
    bool on_upstream(GstEvent* event);
    GstFlowReturn on_flow(GstFlowReturn result);
    void set_wanted(bool wanted);
    void report_gap(GstClockTime start, GstClockTime duration, const char* reason,
                    std::uint64_t packets, GstPad* pad);
    void stamp(GstBuffer*& buffer);

    friend struct ChainCallbacks;

    GstBin* bin_; // borrowed: it holds the owner of this
    ElementRow row_;
    Config config_;
    const MediaKind kind_;
    const Timeline& timeline_;
    Handlers handlers_;
    GstPtr<GstPad> input_; ///< linked to the jitter buffer, an element of no one's
    GstPtr<GstElement> jitter_buffer_;
    GstPtr<GstPad> last_; ///< the source pad of the last one
    GstPtr<GstStream> stream_;
    GstPtr<GstBufferList> gathered_;
    GstClockTime last_timed_ = 0;                  ///< behind the jitter buffer, of its thread
    GstClockTime last_time_ = GST_CLOCK_TIME_NONE; ///< of the streaming thread

    std::mutex mutex_;
    GstPtr<GstPad> ghost_;        // mutex_
    GstPtr<GstPad> stable_input_; // mutex_
    bool removed_ = false;        // mutex_
    std::atomic<bool> linked_{true};
    std::atomic<bool> newly_linked_{false};
    std::atomic<bool> estimated_{true}; ///< the last time behind the jitter buffer
    std::atomic<bool> held_{false};     ///< `parley-layer` says paused
    std::atomic<bool> ended_{false};
};

} // namespace parley::room_elements
