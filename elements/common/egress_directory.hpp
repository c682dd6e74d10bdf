// The egresses of this process, for whoever steers them from outside: rtcegress puts its own in,
// /api/v1/egress of the rtcsignaling with the same server-name reads.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/rendezvous.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

struct EgressInfo {
    std::string id; ///< "<element>-<number>", unique in the process
    std::string room;
    std::string pipeline; ///< the template
    std::string state;
    std::string text; ///< why it is in that state; may be empty
    int pid = 0;      ///< 0: there is no process
    unsigned restarts = 0;
    double seconds = 0; ///< in that state
};

/// The egresses of one rtcegress. From any thread.
class EgressControl {
  public:
    using Answer = std::function<void(Result<std::string> line)>;

    EgressControl() = default;
    EgressControl(const EgressControl&) = delete;
    EgressControl& operator=(const EgressControl&) = delete;
    virtual ~EgressControl() = default;

    [[nodiscard]] virtual std::vector<EgressInfo> list() const = 0;
    /// A request of the control protocol (docs/control.md) to the process of an egress, as members
    /// of its object without `id`. The answer is the line that comes back; on any thread.
    virtual void request(const std::string& id, std::string members, Answer answer) = 0;
    /// Ends it, and does not start it again before its room has been empty.
    virtual void stop(const std::string& id, Answer answer) = 0;
};
using EgressControlPtr = std::shared_ptr<EgressControl>;

Registration add_egress(std::string server_name, EgressControlPtr control);
std::vector<EgressControlPtr> egresses_of(std::string_view server_name);

} // namespace parley
