// Runs the egresses of one rtcegress: a thread with its own main context, in which the supervisor
// decides and the processes are looked after.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/egress_directory.hpp"
#include "elements/egress/supervisor.hpp"
#include "net/media_server.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley::egress {

struct Config {
    std::string name;                ///< of the element; ids begin with it
    std::string program;             ///< `parley`
    std::string pipeline;            ///< a file, or the name of one that comes with Parley
    unsigned taps = 0;               ///< that a process needs
    std::vector<std::string> values; ///< name=value
    Policy policy;
};

/// Looks whether the pipeline can be run at all, with `parley check`, and how many taps it needs.
Result<unsigned> count_taps(const Config& config);

class Service final : public EgressControl {
  public:
    /// Called on the service's thread.
    struct Handlers {
        std::function<void(const EgressInfo& info)> changed;
        /// An event of a process' control socket: JSON.
        std::function<void(const EgressInfo& info, std::string_view json)> event;
        /// A line that a process has printed on stderr.
        std::function<void(const EgressInfo& info, std::string_view line)> words;
    };

    static std::shared_ptr<Service> start(Config config, Handlers handlers);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service() override;

    /// From any thread; null takes the server away, and when this returns it is not used any more.
    void set_media_server(std::shared_ptr<net::MediaServer> media);
    /// Asks every process to end. `done` is called on the service's thread when none is left.
    void shut_down(std::function<void()> done);
    /// The same, and waits for it. Not from the service's thread.
    void stop();

    [[nodiscard]] std::vector<EgressInfo> list() const override;
    void request(const std::string& id, std::string members, Answer answer) override;
    void stop(const std::string& id, Answer answer) override;

  private:
    class Processes;
    struct Thread;

    Service();
    std::unique_ptr<Thread> thread_;
};

} // namespace parley::egress
