// What the author of a .pipeline file and the person who gives it values rely on.
#include "tools/pipeline_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::tools {
namespace {

using ::testing::HasSubstr;

std::string expand(std::string_view text, const Values& values = {}) {
    auto file = PipelineFile::parse(text);
    if (!file) return "parse error: " + file.error().text;
    auto expanded = file->expand(values);
    return expanded ? *expanded : "error: " + expanded.error().text;
}

TEST(PipelineFile, TextWithoutVariablesStaysAsWritten) {
    const std::string text = "videotestsrc pattern=ball ! video/x-raw,width=320 ! fakesink "
                             "name=\"a b\" location=x\\ y";
    EXPECT_EQ(expand(text), text);
}

TEST(PipelineFile, CommentsGoAndLineBreaksStay) {
    EXPECT_EQ(expand("# head\na ! # why\n b\n#c\n! d"), "\na ! \n b\n\n! d");
}

TEST(PipelineFile, AHashWithinAValueIsNoComment) {
    EXPECT_EQ(expand("a color=#ff0000 text=\"no # comment\" b=x#y"),
              "a color=#ff0000 text=\"no # comment\" b=x#y");
}

TEST(PipelineFile, DefaultsHoldUntilAValueIsGiven) {
    const auto text = "a listen=${listen:-127.0.0.1:8080} port=${port:-10000}";
    EXPECT_EQ(expand(text), "a listen=127.0.0.1:8080 port=10000");
    EXPECT_EQ(expand(text, {{"port", "9"}}), "a listen=127.0.0.1:8080 port=9");
    EXPECT_EQ(expand(text, {{"port", ""}}), "a listen=127.0.0.1:8080 port=10000");
}

TEST(PipelineFile, AnEmptyDefaultIsAnEmptyValue) {
    EXPECT_EQ(expand("a cert=${cert:-} b"), "a cert=\"\" b");
}

TEST(PipelineFile, AVariableWithoutDefaultMustBeGiven) {
    EXPECT_THAT(expand("a location=${out}"), HasSubstr("\"out\" needs a value"));
    EXPECT_THAT(expand("a room=${room:?the room to record}"), HasSubstr("the room to record"));
    EXPECT_EQ(expand("a room=${room:?which}", {{"room", "call"}}), "a room=call");
}

TEST(PipelineFile, ADefaultGivenOnceHoldsEverywhere) {
    EXPECT_EQ(expand("a x=${n} ! b y=${n:-5}"), "a x=5 ! b y=5");
}

TEST(PipelineFile, TwoDefaultsOfOneVariableAreRefused) {
    EXPECT_THAT(expand("a x=${n:-4}\nb y=${n:-5}"),
                HasSubstr("line 2: the variable \"n\" has two"));
}

TEST(PipelineFile, AnUnknownNameIsRefusedWithTheNearestKnown) {
    EXPECT_THAT(expand("a port=${port:-1} listen=${listen:-x}", {{"prot", "1"}}),
                HasSubstr("no variable \"prot\" (did you mean \"port\"?)"));
    EXPECT_EQ(expand("a port=${port:-1}", {{"bandwidth", "1"}}),
              "error: the pipeline has no variable \"bandwidth\"");
}

TEST(PipelineFile, AValueStaysOneValue) {
    EXPECT_EQ(expand("a location=${f} ! b", {{"f", "x ! fakesink name=\"y\" #"}}),
              "a location=x\\ \\!\\ fakesink\\ name\\=\\\"y\\\"\\ \\# ! b");
}

TEST(PipelineFile, AValueWithinTextAndWithinQuotes) {
    EXPECT_EQ(expand("a location=${d}/x.mp4", {{"d", "/a b"}}), "a location=/a\\ b/x.mp4");
    EXPECT_EQ(expand("a location=\"${d}/y z.mp4\" b", {{"d", "q\\"}}),
              "a location=q\\\\/y\\ z.mp4 b");
    EXPECT_EQ(expand("a location=\"pre ${d:-x y}\" b"), "a location=pre\\ x\\ y b");
}

TEST(PipelineFile, SpacesAroundTheEqualsSignAreAllowed) {
    EXPECT_EQ(expand("a location = ${f:-x}"), "a location = x");
}

TEST(PipelineFile, CapsTakePlainValuesOnly) {
    const auto text = "a ! video/x-raw,width=${w:-640},framerate=${fps:-30/1} ! b";
    EXPECT_EQ(expand(text), "a ! video/x-raw,width=640,framerate=30/1 ! b");
    EXPECT_THAT(expand(text, {{"w", "640,height=1"}}), HasSubstr("\"w\" stands in caps"));
    EXPECT_THAT(expand(text, {{"w", "640 ! fakesink"}}), HasSubstr("\"w\" stands in caps"));
}

TEST(PipelineFile, CapsEndAtTheNextLink) {
    EXPECT_EQ(
        expand("a ! video/x-raw,width=${w} ! b location=${f}", {{"w", "1"}, {"f", "two words"}}),
        "a ! video/x-raw,width=1 ! b location=two\\ words");
}

TEST(PipelineFile, AnElementMayBeAVariableButNothingMore) {
    const auto text = "a ! ${encoder:-x264enc} bitrate=1 ! b";
    EXPECT_EQ(expand(text), "a ! x264enc bitrate=1 ! b");
    EXPECT_EQ(expand(text, {{"encoder", "openh264enc"}}), "a ! openh264enc bitrate=1 ! b");
    EXPECT_THAT(expand(text, {{"encoder", "filesink location=/etc/passwd"}}),
                HasSubstr("stands for a name"));
}

TEST(PipelineFile, ABackslashKeepsADollarSignAsItIs) {
    EXPECT_EQ(expand("a text=\\${x} b"), "a text=\\${x} b");
    EXPECT_EQ(expand("a cost=5$ b"), "a cost=5$ b");
}

TEST(PipelineFile, MistakesNameTheirLine) {
    EXPECT_THAT(expand("a\nb x=${1}"), HasSubstr("line 2: \"${\" needs a name"));
    EXPECT_THAT(expand("a\nb x=${n"), HasSubstr("line 2: \"${n\" is never closed"));
    EXPECT_THAT(expand("a\n\nb x=\"y"), HasSubstr("line 3: the quote \" is never closed"));
    EXPECT_THAT(expand("a x=${n:-${m}}"), HasSubstr("a variable within a variable"));
    EXPECT_THAT(expand("a x=${n+1}"), HasSubstr("only ${name}"));
    EXPECT_THAT(expand("# nothing here\n"), HasSubstr("the pipeline is empty"));
    EXPECT_THAT(expand(std::string_view{"a\0b", 3}), HasSubstr("zero byte"));
}

TEST(PipelineFile, TheHeaderDescribesTheFileAndItsVariables) {
    const auto file = PipelineFile::parse("#!/usr/bin/env -S parley run\n"
                                          "# A room. Note: for meetings.\n"
                                          "#\n"
                                          "# port: where media arrives\n"
                                          "\n"
                                          "# not of the header\n"
                                          "a port=${port:-1} room=${room:?which room}\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->description(), "A room. Note: for meetings.");
    ASSERT_EQ(file->variables().size(), 2U);
    EXPECT_EQ(file->variables()[0].name, "port");
    EXPECT_EQ(file->variables()[0].help, "where media arrives");
    EXPECT_EQ(file->variables()[0].fallback, "1");
    EXPECT_EQ(file->variables()[0].line, 7U);
    EXPECT_EQ(file->variables()[1].message, "which room");
    EXPECT_FALSE(file->variables()[1].fallback);
}

TEST(Assignment, NameAndValueAreSplitAtTheFirstEqualsSign) {
    EXPECT_EQ(*parse_assignment("a-b=c=d e"),
              (std::pair<std::string, std::string>{"a-b", "c=d e"}));
    EXPECT_EQ(parse_assignment("a=")->second, "");
    EXPECT_FALSE(parse_assignment("port"));
    EXPECT_FALSE(parse_assignment("=1"));
    EXPECT_FALSE(parse_assignment("a b=1"));
}

} // namespace
} // namespace parley::tools
