#include "core/rtp/codec/h264_sps.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

// Sequence parameter sets written by x264.
const Payload baseline_640x360{0x67, 0x42, 0xC0, 0x16, 0xD9, 0x00, 0xA0, 0x2F, 0xF9,
                               0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00,
                               0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2E, 0x48};
const Payload main_320x180{0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCF, 0xCF,
                           0x80, 0x88, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00,
                           0x03, 0x00, 0x50, 0x78, 0xA1, 0x4C, 0xB0};
const Payload high_1920x1080{0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02,
                             0x27, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
                             0x00, 0x00, 0x03, 0x00, 0x28, 0x3C, 0x60, 0xC6, 0x58};
const Payload interlaced_720x576{0x67, 0x64, 0x00, 0x16, 0xAC, 0xD9, 0x40, 0xB4,
                                 0x24, 0xD8, 0x08, 0x80, 0x00, 0x00, 0x03, 0x00,
                                 0x80, 0x00, 0x00, 0x05, 0x0F, 0x8A, 0x14, 0xCB};
const Payload high422_854x480{0x67, 0x7A, 0x00, 0x16, 0xBC, 0xD9, 0x40, 0xD8, 0x3D,
                              0xE6, 0xF0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
                              0x00, 0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2D, 0x96};
const Payload high444_322x182{0x67, 0xF4, 0x00, 0x0C, 0x91, 0x9B, 0x28, 0x2A, 0x33,
                              0xC7, 0xC5, 0xE0, 0x22, 0x00, 0x00, 0x03, 0x00, 0x02,
                              0x00, 0x00, 0x03, 0x00, 0x14, 0x1E, 0x28, 0x53, 0x2C};

struct SpsCase {
    const char* name;
    const Payload& bytes;
    unsigned width;
    unsigned height;
    unsigned profile_idc;
    unsigned reorder_frames;
    unsigned chroma_format_idc = 1;
    bool interlaced = false;
};

class Sps : public testing::TestWithParam<SpsCase> {};

TEST_P(Sps, TellsWhatItIs) {
    const auto sps = parse_h264_sps(GetParam().bytes);
    ASSERT_TRUE(sps);
    EXPECT_EQ(sps->size.width, GetParam().width);
    EXPECT_EQ(sps->size.height, GetParam().height);
    EXPECT_EQ(sps->profile_idc, GetParam().profile_idc);
    EXPECT_EQ(sps->chroma_format_idc, GetParam().chroma_format_idc);
    EXPECT_EQ(sps->interlaced, GetParam().interlaced);
    EXPECT_EQ(sps->reorder_frames, GetParam().reorder_frames);
}

INSTANTIATE_TEST_SUITE_P(H264, Sps,
                         testing::Values(SpsCase{"baseline", baseline_640x360, 640, 360, 66, 0},
                                         SpsCase{"main", main_320x180, 320, 180, 77, 2},
                                         SpsCase{"high", high_1920x1080, 1920, 1080, 100, 2},
                                         SpsCase{"interlaced", interlaced_720x576, 720, 576, 100, 2,
                                                 1, true},
                                         SpsCase{"high422", high422_854x480, 854, 480, 122, 2, 2},
                                         SpsCase{"high444", high444_322x182, 322, 182, 244, 2, 3}),
                         [](const auto& info) { return std::string{info.param.name}; });

class BitWriter {
  public:
    BitWriter& bits(std::uint32_t value, unsigned count) {
        while (count-- != 0) {
            if (used_ % 8 == 0) bytes_.push_back(0);
            bytes_.back() |= static_cast<std::uint8_t>((value >> count & 1) << (7 - used_ % 8));
            ++used_;
        }
        return *this;
    }
    BitWriter& ue(std::uint32_t value) {
        unsigned width = 0;
        while ((value + 1) >> width > 1)
            ++width;
        return bits(0, width).bits(value + 1, width + 1);
    }
    [[nodiscard]] const Payload& bytes() const { return bytes_; }

  private:
    Payload bytes_;
    unsigned used_ = 0;
};

TEST(H264Sps, ReadsPastScalingListsAndOrderCountCycles) {
    BitWriter sps;
    sps.bits(0x67, 8).bits(100, 8).bits(0, 16).ue(0);
    sps.ue(1).ue(0).ue(0).bits(0, 1).bits(1, 1); // 4:2:0, scaling matrix present
    sps.bits(1, 1).ue(1);                        // first list: a delta of 1, ...
    for (int i = 1; i < 16; ++i)
        sps.ue(0);         // ... then 15 of 0
    sps.bits(1, 1).ue(16); // second list: -8 ends it at once
    sps.bits(0, 6);
    sps.ue(0).ue(1).bits(0, 1).ue(0).ue(0).ue(2).ue(1).ue(2); // order count type 1, cycle of 2
    sps.ue(1).bits(0, 1).ue(39).ue(29).bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 1).bits(1, 1);
    const auto parsed = parse_h264_sps(sps.bytes());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->size.width, 640);
    EXPECT_EQ(parsed->size.height, 480);
    EXPECT_FALSE(parsed->reorder_frames) << "neither profile nor VUI tells";
}

TEST(H264Sps, RefusesTruncationsAndAbsurdSizes) {
    for (std::size_t size = 0; size < 9; ++size) {
        EXPECT_FALSE(parse_h264_sps(Bytes{baseline_640x360}.first(size))) << size;
    }
    BitWriter huge;
    huge.bits(0x67, 8).bits(66, 8).bits(0, 16).ue(0).ue(0).ue(2).ue(1).bits(0, 1);
    huge.ue(0x7FFFFFFE).ue(0x7FFFFFFE).bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 8);
    EXPECT_FALSE(parse_h264_sps(huge.bytes()));
    BitWriter cropped_away;
    cropped_away.bits(0x67, 8).bits(66, 8).bits(0, 16).ue(0).ue(0).ue(2).ue(1).bits(0, 1);
    cropped_away.ue(0).ue(0).bits(1, 1).bits(1, 1).bits(1, 1).ue(4).ue(4).ue(0).ue(0).bits(0, 8);
    EXPECT_FALSE(parse_h264_sps(cropped_away.bytes()));
}

} // namespace
} // namespace parley::rtp
