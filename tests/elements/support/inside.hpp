// Our elements as parts of the test program, not of a plugin: both sides then share the directory
// by which elements find each other.
#pragma once

#include "elements/room/source/gstrtcroomsrc.hpp"
#include "elements/sfu/gstrtcsfu.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

namespace parley::test {

class InsideEnvironment : public testing::Environment {
  public:
    void SetUp() override {
        gst_init(nullptr, nullptr);
        ASSERT_TRUE(gst_element_register(nullptr, "rtcsfu", GST_RANK_NONE, gst_rtc_sfu_get_type()));
        ASSERT_TRUE(gst_element_register(nullptr, "rtcroomsrc", GST_RANK_NONE,
                                         gst_rtc_room_src_get_type()));
    }
};

inline testing::Environment* const inside_environment =
    testing::AddGlobalTestEnvironment(new InsideEnvironment);

} // namespace parley::test
