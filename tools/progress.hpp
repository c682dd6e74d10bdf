// How a pipeline gets on, in one line for a terminal: its position, and what its sinks take.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace parley::tools {

/// "1.24 Mbit/s", "960 bit/s".
std::string print_bitrate(double bits_a_second);
/// "0:01:07".
std::string print_time(GstClockTime time);

class Progress {
  public:
    /// The pipeline outlives it.
    explicit Progress(GstElement* pipeline) : pipeline_{pipeline} {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// While it starts: "starting: film (paused), sink (ready)". Empty: everything has.
    [[nodiscard]] std::string starting() const;
    /// "0:00:12 of 0:01:30  sink 1.24 Mbit/s, 30.0/s": what the sinks were given since the last
    /// call.
    [[nodiscard]] std::string line();

  private:
    struct Count {
        std::uint64_t bytes = 0;
        std::uint64_t buffers = 0;
    };
    /// A pad of a sink.
    struct Meter {
        GstPtr<GstPad> pad;
        gulong probe = 0;
        std::atomic<std::uint64_t> bytes{0};
        std::atomic<std::uint64_t> buffers{0};
    };
    void meter_new_pads(GstElement* sink);
    [[nodiscard]] Count take(GstElement* sink);

    GstElement* pipeline_;
    std::vector<std::unique_ptr<Meter>> meters_;
    gint64 told_at_ = 0;
};

} // namespace parley::tools
