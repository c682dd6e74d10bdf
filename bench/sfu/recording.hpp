// Packet sizes and timing of what a real publisher sends, as one subscriber gets it.
#pragma once

#include "bench/sfu/description.hpp"
#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace parley::bench {

class Recording {
  public:
    explicit Recording(VideoCodec codec) : codec_{codec} {}

    /// A decrypted RTP packet.
    void add(Bytes packet, Instant arrived);
    /// Writes whole frames from the first keyframe on, in the form that recorded_pattern() reads;
    /// gives their number. `title` is put into the first comment.
    Result<std::size_t> write(const std::string& path, const std::string& title);

  private:
    struct Packet {
        std::uint16_t sequence;
        std::uint32_t timestamp;
        Instant arrived;
        std::size_t size;
        bool marker;
        bool keyframe_start;
    };

    VideoCodec codec_;
    std::vector<Packet> packets_;
};

} // namespace parley::bench
