#include "elements/common/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace parley::json {
namespace {

std::string error_of(std::string_view text) {
    const auto document = Document::parse_object(text);
    return document ? "" : document.error().text;
}

TEST(Json, TakesAnObjectOnly) {
    EXPECT_EQ(error_of("{}"), "");
    EXPECT_EQ(error_of("[]"), "must be a JSON object");
    EXPECT_EQ(error_of("1"), "must be a JSON object");
    EXPECT_NE(error_of(""), "");
    EXPECT_NE(error_of("{"), "");
    EXPECT_NE(error_of("{\"a\":1} x"), "");
    EXPECT_NE(error_of("{'a':1}"), "");
    EXPECT_NE(error_of("{\"a\":1 /* why not */}"), "");
}

TEST(Json, RefusesWhatWouldBreakAParserByRecursion) {
    std::string deep(60'000, '[');
    EXPECT_EQ(error_of("{\"a\":" + deep + "}"), "not JSON: nested deeper than 32");
    EXPECT_EQ(error_of("{\"a\":\"" + deep + "\"}"), "") << "brackets in a string are harmless";
}

TEST(Json, RefusesNulInAnyForm) {
    EXPECT_NE(error_of("{\"a\":\"\\u0000\"}"), "");
    EXPECT_NE(error_of(std::string_view{"{\"a\":\"\0\"}", 9}), "");
    EXPECT_EQ(error_of("{\"a\":\"\\\\u0000\"}"), "") << "an escaped backslash is no escape";
}

TEST(Json, ErrorsNameTheMember) {
    const auto document = Document::parse_object(R"({"tracks":[{"mid":"0"},{"mid":3}],"n":1.5})");
    ASSERT_TRUE(document);
    const auto tracks = document->root().objects_or_none("tracks");
    ASSERT_TRUE(tracks);
    ASSERT_EQ(tracks->size(), 2U);
    EXPECT_EQ(tracks->at(0).text("mid").value(), "0");
    EXPECT_EQ(tracks->at(1).text("mid").error().text, "tracks[1].mid: must be a string");
    EXPECT_EQ(document->root().integer("n", 0, 9).error().text, "n: must be a whole number");
    EXPECT_EQ(document->root().text("none").error().text, "none: missing");
}

TEST(Json, AnObjectCanBeHeldToTheMembersThatAreKnown) {
    const auto document = Document::parse_object(R"({"inner":{"a":1,"b":2}})");
    const auto inner = document->root().object("inner");
    EXPECT_TRUE(inner->only({"a", "b", "c"}));
    EXPECT_EQ(inner->only({"a"}).error().text, "inner.b: is unknown");
}

TEST(Json, WhatIsRepeatedToOthersIsValid) {
    const auto repeated = [](std::string_view text) {
        const auto document = Document::parse_object(text);
        return document ? to_text(document->root().node("d")) : Result<std::string>{"unparsed"};
    };
    EXPECT_EQ(repeated(R"({"d":{"b":[1,2.5,null,true],"a":"\u00e9\n"}})").value(),
              "{\"b\":[1,2.5,null,true],\"a\":\"\u00e9\\n\"}");
    EXPECT_EQ(repeated(R"({"d":[-123456789012345678,1e21,0.5]})").value(),
              "[-123456789012345678,1e+21,0.5]");
    EXPECT_EQ(repeated(R"({"d":[9223372036854775807,-9223372036854775808]})").value(),
              "[9223372036854775807,-9223372036854775808]");
    EXPECT_EQ(error_of(R"({"d":9223372036854775808})"),
              "not JSON: a whole number does not fit into 64 bits");
    EXPECT_EQ(error_of(R"({"d":12345678901234567890})"),
              "not JSON: a whole number does not fit into 64 bits");
    EXPECT_NE(repeated(R"({"d":1e999})").value_or("refused"), "inf");
    const auto lone_surrogate = repeated(R"({"d":"\ud800"})").value_or("");
    EXPECT_TRUE(g_utf8_validate(lone_surrogate.c_str(), -1, nullptr));
    const auto quoting = error_of(R"({"\ud800":["\ud83d\ude00"]})");
    EXPECT_TRUE(g_utf8_validate(quoting.c_str(), -1, nullptr)) << "an error may quote the text";
}

TEST(Json, WriterEscapes) {
    Writer w;
    w.begin_object()
        .member("text", "a\"b\\c\n\x01")
        .member("n", std::numeric_limits<double>::infinity())
        .begin_array("list")
        .element("x")
        .element("y")
        .end_array()
        .member("flag", true)
        .end_object();
    EXPECT_EQ(w.take(), R"({"text":"a\"b\\c\n\u0001","n":null,"list":["x","y"],"flag":true})");
}

} // namespace
} // namespace parley::json
