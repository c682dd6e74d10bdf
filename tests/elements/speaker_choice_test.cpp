#include "elements/room/source/speaker_choice.hpp"

#include <gtest/gtest.h>

namespace parley::room_elements {
namespace {

class Choice : public testing::Test {
  protected:
    void after(Duration time) {
        now_ += time;
        choice_.poll(now_);
    }
    void speak(const std::vector<std::string>& who) { choice_.on_speakers(who, now_); }
    [[nodiscard]] std::string current() const { return choice_.current().value_or("nobody"); }

    SpeakerChoice choice_;
    Instant now_{};
};

TEST_F(Choice, TheFirstWhoComesIsShown) {
    EXPECT_EQ(current(), "nobody");
    choice_.add("ada");
    choice_.add("bob");
    EXPECT_EQ(current(), "ada");
}

TEST_F(Choice, AnotherTakesOverWhoIsLouderForTwoSeconds) {
    choice_.add("ada");
    choice_.add("bob");
    speak({"bob", "ada"});
    after(1900ms);
    EXPECT_EQ(current(), "ada");
    after(100ms);
    EXPECT_EQ(current(), "bob");
}

TEST_F(Choice, ACoughTakesNothingOver) {
    choice_.add("ada");
    choice_.add("bob");
    speak({"bob", "ada"});
    after(1s);
    speak({"ada", "bob"});
    after(5s);
    EXPECT_EQ(current(), "ada");
    speak({"bob"});
    after(1s);
    speak({});
    after(5s);
    EXPECT_EQ(current(), "ada") << "silence changes nothing";
}

TEST_F(Choice, WhoeverGoesMakesRoomForTheLoudest) {
    choice_.add("ada");
    choice_.add("bob");
    choice_.add("eve");
    speak({"eve"});
    choice_.remove("ada");
    EXPECT_EQ(current(), "eve");
    choice_.remove("eve");
    EXPECT_EQ(current(), "bob");
    choice_.remove("bob");
    EXPECT_EQ(current(), "nobody");
}

TEST_F(Choice, SpeakersThatMayNotBeShownArePassedOver) {
    choice_.add("ada");
    choice_.add("bob");
    speak({"mix", "bob"});
    after(2s);
    EXPECT_EQ(current(), "bob");
}

} // namespace
} // namespace parley::room_elements
