// Packets of sound, Opus or G.711, as units.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/media/opus.hpp"
#include "core/media/unit_assembler.hpp"

#include <optional>
#include <string_view>

namespace parley::media {

class SoundReader {
  public:
    SoundReader(Codec codec, std::string_view fmtp) : codec_{codec}, opus_{fmtp} {}
    /// Copies the packet. Nothing when it is broken.
    std::optional<Unit> read(Bytes packet);

  private:
    Codec codec_;
    OpusFormat opus_;
    FormatChanges changes_;
};

} // namespace parley::media
