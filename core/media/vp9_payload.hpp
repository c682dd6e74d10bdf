// VP9 pictures from RTP payloads (RFC 9628), all spatial layers of a picture in one unit.
#pragma once

#include "core/media/unit_assembler.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::media {

/// A picture of one or several frames (spatial layers), in the order of decoding.
struct Vp9Picture {
    bool keyframe = false;
    std::optional<StreamFormat> format; ///< of a keyframe

    /// `starts`: where in `data` each frame begins. Nothing when it is broken.
    static std::optional<Vp9Picture> parse(Bytes data, const std::vector<std::size_t>& starts);
};

class Vp9Payload final : public UnitAssembler {
  public:
    [[nodiscard]] UnitStart start(Bytes payload) const override;
    void begin(bool behind_gap) override;
    [[nodiscard]] bool add(Bytes payload) override;
    Assembled end() override;

  private:
    void append_index();

    std::vector<std::uint8_t> data_;
    std::vector<std::size_t> starts_; ///< of frames in data_
    std::size_t last_size_ = 0;
};

} // namespace parley::media
