// Sound from packets: each is a unit of its own. What is missing between them is heard, but nothing
// depends on it.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/media/packet_order.hpp"
#include "core/media/sound_reader.hpp"
#include "core/media/unit_queue.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::media {

class AudioDepacketizer final : public Depacketizer {
  public:
    AudioDepacketizer(Codec codec, std::string_view fmtp) : codec_{codec}, reader_{codec, fmtp} {}

    void push(const rtp::PacketView& packet) override;
    std::optional<Unit> pop() override { return ready_.pop(); }
    void finish() override {}
    bool take_keyframe_wish() override { return false; }
    [[nodiscard]] bool frozen() const override { return false; }
    [[nodiscard]] const DepacketizerCounters& counters() const override { return counters_; }

  private:
    Codec codec_;
    SoundReader reader_;
    PacketOrder order_;
    bool started_ = false;
    bool discontinuity_ = false;
    UnitQueue ready_;
    DepacketizerCounters counters_;
};

} // namespace parley::media
