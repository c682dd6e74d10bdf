// AV1 temporal units as files store them: without a delimiter, with their configuration.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/media/unit_assembler.hpp"
#include "core/rtp/codec/av1_depacketizer.hpp"

#include <cstdint>
#include <optional>

namespace parley::media {

/// With an av1C that holds the sequence header of `unit` (AV1 Codec ISO Media File Format Binding,
/// section 2.3). Nothing when there is none.
std::optional<StreamFormat> av1_format(const rtp::Av1Sequence& sequence, Bytes unit);

/// In the low-overhead bytestream format, with a size.
void append_obu(std::vector<std::uint8_t>& to, const rtp::Av1Obu& obu);

class Av1Payload final : public UnitAssembler {
  public:
    Av1Payload() { units_.set_delimiter(false); }

    [[nodiscard]] UnitStart start(Bytes payload) const override;
    void begin(bool behind_gap) override;
    [[nodiscard]] bool add(Bytes payload) override;
    Assembled end() override;

  private:
    std::optional<rtp::Av1TemporalUnit> end_unit();

    rtp::Av1Depacketizer units_{max_unit_size};
    std::uint32_t number_ = 0; ///< of the unit, in the place of a timestamp
    bool behind_gap_ = false;
};

} // namespace parley::media
