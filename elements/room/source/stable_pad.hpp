// A pad that stays while tracks come and go: what is chosen passes, one at a time, and where
// nothing comes GAP events say so. It is added with the first buffer, when its caps are known, and
// has no end but that of the element.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/room/timeline.hpp"

#include <gst/gst.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace parley::room_elements {

class StablePad : public std::enable_shared_from_this<StablePad> {
  public:
    struct Config {
        MediaKind kind = MediaKind::video;
        std::string name;      ///< of the pad
        std::string stream_id; ///< of stream-start
        guint group_id = 0;
        GstClockTime latency = 0; ///< GAP events stay so far behind now
    };

    /// `bin` and `timeline` outlive it.
    static std::shared_ptr<StablePad> create(GstBin* bin, Config config, const Timeline& timeline);
    StablePad(const StablePad&) = delete;
    StablePad& operator=(const StablePad&) = delete;
    ~StablePad();

    /// A sink pad for one track, whose media passes when it is the chosen one: from its first
    /// buffer on, and until then that of the one before.
    struct Input {
        std::function<void(bool)> linked; ///< whether anybody takes it
        std::function<void()> passing;    ///< from now on, in the place of the one before
    };
    GstPtr<GstPad> add_input(Input told);
    void choose(GstPad* input);
    void remove_input(GstPad* input);

    /// The element ends: EOS.
    void end();
    /// Takes the pad away. Not on a streaming thread of its own.
    void remove();

  private:
    StablePad(GstBin* bin, Config config, const Timeline& timeline);
    GstFlowReturn on_buffer(GstPad* input, GstPtr<GstBuffer> buffer);
    void on_event(GstPad* input, GstPtr<GstEvent> event);
    bool on_upstream(GstEvent* event);
    void switch_to(GstPad* input);
    void expose();
    void tell_linked(bool linked);
    void fill_gap();

    friend struct StablePadCallbacks;

    GstBin* bin_;
    const Config config_;
    const Timeline& timeline_;
    GstPtr<GstPad> pad_;
    GstPtr<GstTask> gap_task_;
    GRecMutex task_lock_{};
    std::atomic<bool> linked_{true};

    // Guarded by the stream lock of pad_, as in any element that many streams pass.
    GstPtr<GstPad> passing_;
    GstClockTime position_ = GST_CLOCK_TIME_NONE; ///< what has been pushed ends here
    bool exposed_ = false;

    std::mutex mutex_;
    std::condition_variable removing_;
    GstPtr<GstPad> chosen_;           // mutex_
    std::map<GstPad*, Input> inputs_; // mutex_
    bool removed_ = false;            // mutex_
};

} // namespace parley::room_elements
