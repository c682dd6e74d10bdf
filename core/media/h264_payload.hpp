// H.264 access units from RTP payloads: single NAL units, STAP-A and FU-A (RFC 6184).
#pragma once

#include "core/media/nal_unit_builder.hpp"

#include <string_view>

namespace parley::media {

class H264Payload final : public UnitAssembler {
  public:
    /// With the parameter sets of `fmtp`, if there are any (sprop-parameter-sets).
    explicit H264Payload(std::string_view fmtp);

    [[nodiscard]] UnitStart start(Bytes payload) const override;
    void begin(bool behind_gap) override { builder_.begin(behind_gap); }
    [[nodiscard]] bool add(Bytes payload) override;
    Assembled end() override { return builder_.end(); }
    void interrupt() override { builder_.interrupt(); }

  private:
    bool add_aggregated(Bytes payload);
    bool add_fragment(Bytes payload);

    NalUnitBuilder<H264Nal> builder_;
    unsigned fragment_type_ = 0;
};

} // namespace parley::media
