// H.265 access units from RTP payloads: single NAL units, APs and FUs (RFC 7798).
#pragma once

#include "core/media/nal_unit_builder.hpp"

#include <string_view>

namespace parley::media {

class H265Payload final : public UnitAssembler {
  public:
    /// With the parameter sets of `fmtp`, if there are any (sprop-vps, sprop-sps, sprop-pps).
    explicit H265Payload(std::string_view fmtp);

    [[nodiscard]] UnitStart start(Bytes payload) const override;
    void begin(bool behind_gap) override { builder_.begin(behind_gap); }
    [[nodiscard]] bool add(Bytes payload) override;
    Assembled end() override { return builder_.end(); }
    void interrupt() override { builder_.interrupt(); }

  private:
    bool add_aggregated(Bytes payload);
    bool add_fragment(Bytes payload);

    NalUnitBuilder<H265Nal> builder_;
    unsigned fragment_type_ = 0;
};

} // namespace parley::media
