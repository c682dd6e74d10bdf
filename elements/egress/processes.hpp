// What lives on the service's thread: the supervisor, and the processes that it wants.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/egress/child.hpp"
#include "elements/egress/service.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace parley::egress {

/// The media server as the service's thread uses it; it may go at any time.
class TapSource {
  public:
    void set(std::shared_ptr<net::MediaServer> media) {
        const std::lock_guard lock{mutex_};
        media_ = std::move(media);
    }
    Result<net::FileDescriptor> open(const std::string& room) {
        const std::lock_guard lock{mutex_};
        if (!media_) return fail("there is no media server");
        return media_->open_tap({room, {}});
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<net::MediaServer> media_; // mutex_
};

class Service::Processes {
  public:
    /// `taps` outlives it.
    Processes(Config config, Handlers handlers, TapSource& taps, GMainContext* context);
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;
    ~Processes();

    void on_notice(const room::Notice& notice);
    void on_server_here();
    void on_server_gone();
    void request(const std::string& id, std::string_view members, const Answer& answer);
    void stop(const std::string& id, const Answer& answer);
    /// `done` is called, once, when no process is left.
    void shut_down(std::function<void()> done);
    [[nodiscard]] std::vector<EgressInfo> list() const; ///< from any thread

  private:
    void carry_out();
    void carry_out(const Action& action);
    void start(const StartProcess& action);
    void on_event(EgressId id, std::string_view json);
    void on_words(EgressId id, std::string_view line);
    void on_exit(EgressId id, int status);
    void refresh_list();
    void arm_timer();
    [[nodiscard]] EgressInfo info_of(const Egress& egress) const;
    [[nodiscard]] std::optional<EgressInfo> listed(EgressId id) const;
    [[nodiscard]] std::string print(EgressId id) const;
    [[nodiscard]] std::optional<EgressId> parse(const std::string& id) const;

    struct Process {
        std::unique_ptr<Child> child;
        std::string last_words;
    };

    Config config_;
    Handlers handlers_;
    TapSource& taps_;
    GMainContext* context_;
    Supervisor supervisor_;
    std::map<EgressId, Process> processes_;
    bool carrying_out_ = false;
    std::vector<std::function<void()>> when_idle_;
    GstPtr<GSource> timer_;
    mutable std::mutex mutex_;
    struct Listed {
        EgressInfo info;
        Instant since;
    };
    std::map<EgressId, Listed> listed_; // mutex_
};

} // namespace parley::egress
