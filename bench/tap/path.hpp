// Ways for RTP packets from one pipeline to another on the same machine.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace parley::bench {

struct Frame {
    std::vector<std::vector<std::uint8_t>> packets;
    bool keyframe = false;
};

class Path {
  public:
    Path() = default;
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;
    virtual ~Path() = default;

    virtual void send(const Frame& frame) = 0;
    [[nodiscard]] virtual std::uint64_t delivered() const = 0;
    /// CPU time so far of other processes that are part of it.
    [[nodiscard]] virtual Duration cpu_elsewhere() const { return {}; }
};

/// Packets are made and go nowhere: what the bench itself costs.
std::unique_ptr<Path> make_no_path();
/// appsrc ! udpsink, and udpsrc ! fakesink, over loopback.
Result<std::unique_ptr<Path>> make_udp_path();
/// Published through one tap, received through another one in this process. The ends are the taps'
/// clients alone, without the elements around them.
Result<std::unique_ptr<Path>> make_tap_path();
/// Likewise, but received by a child: this program again, by `receive_in_child`.
Result<std::unique_ptr<Path>> make_child_tap_path(const std::string& program);
/// What the child does: counts at `counter`, an inherited memory file, until the tap ends.
int receive_in_child(int tap, int counter);

} // namespace parley::bench
