// Our elements as parts of the test program, not of a plugin: both sides then share the directory
// by which elements find each other.
#pragma once

#include "elements/av1/gstrtcav1depay.hpp"
#include "elements/av1/gstrtcav1pay.hpp"
#include "elements/room/sink/gstrtcroomsink.hpp"
#include "elements/room/source/gstrtcroomsrc.hpp"
#include "elements/sfu/gstrtcsfu.hpp"
#include "elements/signaling/gstrtcsignaling.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <utility>

namespace parley::test {

class InsideEnvironment : public testing::Environment {
  public:
    void SetUp() override {
        gst_init(nullptr, nullptr);
        for (const auto& [name, type] : {
                 std::pair{"rtcav1depay", gst_rtc_av1_depay_get_type()},
                 std::pair{"rtcav1pay", gst_rtc_av1_pay_get_type()},
                 std::pair{"rtcroomsink", gst_rtc_room_sink_get_type()},
                 std::pair{"rtcroomsrc", gst_rtc_room_src_get_type()},
                 std::pair{"rtcsfu", gst_rtc_sfu_get_type()},
                 std::pair{"rtcsignaling", gst_rtc_signaling_get_type()},
             }) {
            ASSERT_TRUE(gst_element_register(nullptr, name, GST_RANK_NONE, type)) << name;
        }
    }
    /// GST_TRACERS=leaks tells what is still there.
    void TearDown() override {
        if (g_getenv("GST_TRACERS") != nullptr) gst_deinit();
    }
};

inline testing::Environment* const inside_environment =
    testing::AddGlobalTestEnvironment(new InsideEnvironment);

} // namespace parley::test
