// VP8 frames from RTP payloads (RFC 7741).
#pragma once

#include "core/media/unit_assembler.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::media {

/// The format of a frame, if it is a keyframe; nothing of one that is broken too.
std::optional<StreamFormat> vp8_key_format(Bytes frame);

class Vp8Payload final : public UnitAssembler {
  public:
    [[nodiscard]] UnitStart start(Bytes payload) const override;
    void begin(bool behind_gap) override;
    [[nodiscard]] bool add(Bytes payload) override;
    Assembled end() override;

  private:
    std::vector<std::uint8_t> frame_;
    std::size_t last_size_ = 0;
};

} // namespace parley::media
