// Values against the real reader of pipelines: what is given is what the property holds, and no
// value ever adds an element.
#include "tools/pipeline_file.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace parley::tools {
namespace {

struct Unref {
    void operator()(GstElement* element) const { gst_object_unref(element); }
};

/// Gives `value` to a file, launches it, and reads back what the sink's `location` holds.
std::string through_gstreamer(std::string_view text, const std::string& value) {
    const auto file = PipelineFile::parse(text);
    if (!file) return "parse error: " + file.error().text;
    const auto expanded = file->expand({{"v", value}});
    if (!expanded) return "error: " + expanded.error().text;
    GError* error = nullptr;
    const std::unique_ptr<GstElement, Unref> pipeline{gst_parse_launch(expanded->c_str(), &error)};
    if (error != nullptr) {
        const std::string message = error->message;
        g_error_free(error);
        return "launch error: " + message;
    }
    if (GST_BIN_NUMCHILDREN(pipeline.get()) != 2) return "the value became an element";
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink");
    char* location = nullptr;
    g_object_get(sink, "location", &location, nullptr);
    std::string result = location != nullptr ? location : "(none)";
    g_free(location);
    gst_object_unref(sink);
    return result;
}

constexpr auto bare = "fakesrc num-buffers=1 ! filesink location=${v} name=sink";
constexpr auto quoted = "fakesrc num-buffers=1 ! filesink location=\"${v}\" name=\"sink\"";

class Quoting : public ::testing::TestWithParam<const char*> {};

TEST_P(Quoting, TheValueArrivesAsItWasGiven) {
    EXPECT_EQ(through_gstreamer(bare, GetParam()), GetParam());
    EXPECT_EQ(through_gstreamer(quoted, GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Hostile, Quoting,
                         ::testing::Values("plain", "two words", "x ! fakesink", "\"", "\"quoted\"",
                                           "'single'", "\\", "ends in \\", "\\\"", "a=b", "a.b",
                                           "a. ! b.", "( fakesrc )", "# no comment", "${v}", "NULL",
                                           "line\nbreak", "tab\there", "  ", "file:///a b",
                                           "a;b,c:d", "video/x-raw,width=1 ! fakesink", "\x01\x7f",
                                           "gr\xc3\xbc\xc3\x9f", "\\040", "\"\\042\"", "=", "!",
                                           ":", "a\" name=\"other"));

TEST(Quoting, RandomValuesArriveAsTheyWereGiven) {
    // What the grammar finds interesting, more often than chance would.
    constexpr std::string_view letters = "ab 0\\\"'!:.,;=(){}[]#$\t\n/-%@\xc3\xa9";
    std::mt19937 random{20240607};
    for (int round = 0; round < 2000; ++round) {
        std::string value;
        const auto length = 1 + random() % 12;
        for (std::size_t i = 0; i < length; ++i) {
            // The two last bytes are one character: text is UTF-8 or the property refuses it.
            const auto pick = random() % (letters.size() - 1);
            value += pick == letters.size() - 2 ? letters.substr(pick) : letters.substr(pick, 1);
        }
        ASSERT_EQ(through_gstreamer(round % 2 == 0 ? bare : quoted, value), value);
    }
}

TEST(Quoting, AValueWithinOtherText) {
    const auto text = "fakesrc num-buffers=1 ! filesink name=sink location=\"a \\\"b\\\" ${v} c\"";
    EXPECT_EQ(through_gstreamer(text, "\" ! \\"), "a \"b\" \" ! \\ c");
    EXPECT_EQ(through_gstreamer("fakesrc num-buffers=1 ! filesink name=sink location=a\\ ${v}.mp4",
                                "x y"),
              "a x y.mp4");
}

} // namespace
} // namespace parley::tools

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
