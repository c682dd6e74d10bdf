// Runs one pipeline from start to end: its bus, the signals that end it, and the time it is given.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "tools/control_server.hpp"
#include "tools/exit_code.hpp"
#include "tools/graphs.hpp"
#include "tools/loop.hpp"
#include "tools/progress.hpp"
#include "tools/reporter.hpp"
#include "tools/service_manager.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {

struct RunOptions {
    std::chrono::seconds grace; ///< how long the pipeline may take to end once asked to
    Graphs graphs;
    ServiceManager manager;
    std::string control; ///< address of the control socket; empty: none
    bool loop = false;   ///< at its end it begins again
};

class Runner {
  public:
    Runner(GstPtr<GstElement> pipeline, Reporter& reporter, RunOptions options);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner();

    /// Returns when the pipeline has ended or failed, or when it was told to end: SIGINT sends EOS,
    /// on which sinks finalise; SIGTERM lets servers drain before that. A second signal ends it at
    /// once.
    ExitCode run();

  private:
    Result<void> open_control();
    void on_message(GstMessage* message);
    void on_error(GstMessage* message);
    void on_state(GstMessage* message);
    void on_buffering(GstMessage* message);
    void on_element(GstMessage* message);
    void on_signal(int number);
    void on_out_of_time();
    void fail_start();
    void start_playing();
    void show_progress();
    void tell_alive() const;
    void draw(std::string_view moment);
    /// False where there is none.
    bool drain_servers();
    void end_of_drain();
    void send_eos();
    [[nodiscard]] std::vector<std::string> addresses() const;
    void finish(ExitCode code, std::string reason);

    GstPtr<GstElement> pipeline_;
    GstPtr<GstBus> bus_;
    GstPtr<GMainLoop> loop_;
    Reporter& reporter_;
    std::chrono::seconds grace_;
    Graphs graphs_;
    ServiceManager manager_;
    std::string control_address_;
    std::unique_ptr<ControlServer> control_;
    std::optional<Loop> looping_;
    Progress progress_;
    ExitCode code_ = ended;
    std::string reason_;
    bool started_ = false;
    bool ending_ = false;
    bool live_ = false;
    bool buffering_ = false;
    std::int64_t asked_at_ = 0;        ///< monotonic, microseconds
    std::vector<GstObject*> draining_; ///< compared only, never used
    unsigned drain_timer_ = 0;
    unsigned grace_timer_ = 0;
    unsigned alive_timer_ = 0;
    unsigned progress_timer_ = 0;
};

} // namespace parley::tools
