// What reaches the terminal, and what is read from a room's message.
#include "elements/common/gst_ptr.hpp"
#include "tools/reporter.hpp"

#include <gtest/gtest.h>

namespace parley::tools {
namespace {

TEST(Printable, TextOfAllLanguagesStays) {
    EXPECT_EQ(printable("Ada joined"), "Ada joined");
    EXPECT_EQ(printable("Gr\xc3\xbc\xc3\x9f dich \xe4\xbd\xa0\xe5\xa5\xbd"),
              "Gr\xc3\xbc\xc3\x9f dich \xe4\xbd\xa0\xe5\xa5\xbd");
}

TEST(Printable, ANameCannotSteerTheTerminalOrForgeALine) {
    EXPECT_EQ(printable("\x1b[2Jx"), "?[2Jx");
    EXPECT_EQ(printable("a\n12:00:00  Eve left\r"), "a?12:00:00  Eve left?");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "?31m")
        << "C1 control characters are escapes too";
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "evil"),
              "?evil")
        << "nor may it turn the line round";
}

TEST(Printable, WhatIsNotUtf8IsReplaced) {
    EXPECT_EQ(printable("a\xff"
                        "b\xc3"),
              "a?b?");
    EXPECT_EQ(printable(std::string_view{"a\0b", 3}), "a?b");
}

TEST(RoomEvent, IsReadFromItsMessage) {
    const GstStructurePtr structure{gst_structure_new(
        "parley-room", "event", G_TYPE_STRING, "track-published", "room", G_TYPE_STRING, "call",
        "participant", G_TYPE_STRING, "p-1", "track", G_TYPE_STRING, "p-1/camera", "text",
        G_TYPE_STRING, "call: Ada shows a camera", nullptr)};
    const auto event = RoomEvent::read(structure.get());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, "track-published");
    EXPECT_EQ(event->room, "call");
    EXPECT_EQ(event->participant, "p-1");
    EXPECT_EQ(event->track, "p-1/camera");
    EXPECT_EQ(event->text, "call: Ada shows a camera");
}

TEST(RoomEvent, FieldsMayBeMissingAndOtherMessagesAreNone) {
    const GstStructurePtr bare{gst_structure_new_empty("parley-room")};
    ASSERT_TRUE(RoomEvent::read(bare.get()));
    EXPECT_EQ(RoomEvent::read(bare.get())->room, "");
    const GstStructurePtr other{gst_structure_new_empty("level")};
    EXPECT_FALSE(RoomEvent::read(other.get()));
    EXPECT_FALSE(RoomEvent::read(nullptr));
}

} // namespace
} // namespace parley::tools
