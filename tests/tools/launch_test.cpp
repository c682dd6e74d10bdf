// Errors of a pipeline that cannot be launched name the thing and the remedy.
#include "tools/bus_text.hpp"
#include "tools/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Launch, OneElementIsPutIntoAPipelineAsAreMore) {
    for (const auto* text : {"fakesrc", "fakesrc ! fakesink", "fakesrc fakesink"}) {
        const auto launched = launch(text);
        EXPECT_THAT(launched.problems, IsEmpty()) << text;
        ASSERT_TRUE(launched.pipeline) << text;
        EXPECT_TRUE(GST_IS_PIPELINE(launched.pipeline.get())) << text;
    }
}

TEST(Launch, EveryMissingElementIsNamedOnce) {
    const auto launched = launch("fakesrk ! queu ! fakesrk ! fakesink");
    EXPECT_FALSE(launched.pipeline);
    EXPECT_THAT(launched.problems,
                ElementsAre("there is no element \"fakesrk\" (did you mean \"fakesrc\"?)",
                            "there is no element \"queu\" (did you mean \"queue\"?)"));
}

TEST(Launch, AnUnknownPropertyNamesTheNearest) {
    const auto launched = launch("fakesrc num-bufers=1 ! fakesink");
    EXPECT_FALSE(launched.pipeline);
    ASSERT_EQ(launched.problems.size(), 1U);
    EXPECT_THAT(launched.problems[0], StartsWith("no property \"num-bufers\""));
    EXPECT_THAT(launched.problems[0], HasSubstr("(did you mean \"num-buffers\"?)"));
}

TEST(Launch, WhatCannotBeParsedOrLinkedSaysSo) {
    for (const auto* text :
         {"fakesrc ! ", "fakesink ! fakesink", "fakesrc ! nobody.", "( fakesrc"}) {
        const auto launched = launch(text);
        EXPECT_FALSE(launched.pipeline) << text;
        EXPECT_EQ(launched.problems.size(), 1U) << text;
    }
}

/// The problem that `text` reports when it is started.
Problem start(const char* text) {
    const auto launched = launch(text);
    if (!launched.pipeline) return {"", "not launched"};
    gst_element_set_state(launched.pipeline.get(), GST_STATE_PLAYING);
    const auto bus = adopt_ptr(gst_element_get_bus(launched.pipeline.get()));
    const auto message =
        adopt_ptr(gst_bus_timed_pop_filtered(bus.get(), 10 * GST_SECOND, GST_MESSAGE_ERROR));
    gst_element_set_state(launched.pipeline.get(), GST_STATE_NULL);
    return message ? read_problem(message.get()) : Problem{"", "no error"};
}

TEST(BusText, AnErrorNamesElementReasonAndRemedy) {
    const auto problem = start("fakesrc ! filesink name=out location=/nonexistent/x");
    EXPECT_EQ(problem.element, "out (filesink)");
    EXPECT_THAT(problem.text, HasSubstr("/nonexistent/x"));
    EXPECT_THAT(problem.text, HasSubstr("No such file or directory"));
    EXPECT_THAT(problem.text, HasSubstr("check that the folder exists"));
}

TEST(BusText, ANameThatTellsTheTypeStandsAlone) {
    EXPECT_EQ(start("filesrc location=/nonexistent/x ! fakesink").element, "filesrc0");
}

} // namespace
} // namespace parley::tools

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
