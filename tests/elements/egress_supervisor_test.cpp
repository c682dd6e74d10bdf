// When an egress' process starts, starts again and ends, in virtual time.
#include "elements/egress/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::egress {
namespace {

using room::Notice;
using testing::ElementsAre;
using testing::IsEmpty;

const Exit killed{false, false, "it was killed by SIGKILL"};
const Exit clean{true, false, ""};

class EgressSupervisor : public testing::Test {
  protected:
    void make(Policy policy) {
        supervisor_.emplace(std::move(policy));
        supervisor_->on_server_here(now_);
    }

    /// What it wants to be done, in words.
    std::vector<std::string> actions() {
        std::vector<std::string> words;
        for (const auto& action : supervisor_->take_actions()) {
            if (const auto* start = std::get_if<StartProcess>(&action)) {
                last_ = start->id;
                words.push_back("start " + start->room);
            } else if (std::holds_alternative<StopProcess>(action)) {
                words.emplace_back("stop");
            } else if (std::holds_alternative<KillProcess>(action)) {
                words.emplace_back("kill");
            }
        }
        return words;
    }
    void notice(Notice::Kind kind, const std::string& room, bool human = true) {
        supervisor_->on_notice({kind, room, "p", "p/camera", {}, human}, now_);
    }
    void join(const std::string& room) { notice(Notice::Kind::participant_joined, room); }
    void publish(const std::string& room) { notice(Notice::Kind::track_published, room); }
    void leave(const std::string& room) {
        notice(Notice::Kind::track_unpublished, room);
        notice(Notice::Kind::participant_left, room);
    }
    /// As a shell does: to each deadline up to then.
    void advance(Duration by) {
        const auto until = now_ + by;
        for (auto next = supervisor_->next_deadline(); next && *next <= until;
             next = supervisor_->next_deadline()) {
            now_ = std::max(now_, *next);
            supervisor_->handle_timeout(now_);
        }
        now_ = until;
    }
    State state() {
        const auto all = supervisor_->list();
        return all.size() == 1 ? all.front().state : State::ended;
    }
    void exit(const Exit& how) { supervisor_->on_exit(last_, how, now_); }
    void running() { supervisor_->on_running(last_, now_); }

    Instant now_{1000s};
    std::optional<Supervisor> supervisor_;
    EgressId last_{};
};

TEST_F(EgressSupervisor, StartsWithTheFirstTrackOfAMatchingRoom) {
    make({.rooms = "show-*"});
    join("other");
    publish("other");
    join("show-1");
    EXPECT_THAT(actions(), IsEmpty());
    publish("show-1");
    EXPECT_THAT(actions(), ElementsAre("start show-1"));
    EXPECT_EQ(state(), State::starting);
    running();
    EXPECT_EQ(state(), State::running);
    publish("show-1");
    EXPECT_THAT(actions(), IsEmpty());
    join("show-2");
    publish("show-2");
    EXPECT_THAT(actions(), ElementsAre("start show-2"));
}

TEST_F(EgressSupervisor, AgentsDoNotCount) {
    make({});
    notice(Notice::Kind::participant_joined, "a", false);
    notice(Notice::Kind::track_published, "a", false);
    EXPECT_THAT(actions(), IsEmpty());
    EXPECT_THAT(supervisor_->list(), IsEmpty());
}

TEST_F(EgressSupervisor, AlwaysIsTheFirstParticipantOrAtOnceForAName) {
    make({.rooms = "*", .always = true});
    join("a");
    EXPECT_THAT(actions(), ElementsAre("start a"));
    make({.rooms = "lobby", .always = true});
    EXPECT_THAT(actions(), ElementsAre("start lobby"));
    running();
    advance(1h);
    EXPECT_THAT(actions(), IsEmpty()) << "nobody has to be there";
}

TEST_F(EgressSupervisor, EndsWhenTheRoomHasBeenEmptyForLong) {
    make({.linger = 10s, .grace = 5s});
    join("a");
    publish("a");
    running();
    actions();
    leave("a");
    advance(9s);
    EXPECT_THAT(actions(), IsEmpty());
    join("a");
    advance(60s);
    EXPECT_THAT(actions(), IsEmpty()) << "somebody came back";
    leave("a");
    advance(10s);
    EXPECT_THAT(actions(), ElementsAre("stop"));
    EXPECT_EQ(state(), State::stopping);
    exit(clean);
    EXPECT_THAT(supervisor_->list(), IsEmpty());
    EXPECT_TRUE(supervisor_->idle());
    EXPECT_FALSE(supervisor_->next_deadline());
}

TEST_F(EgressSupervisor, WhatDoesNotEndIsKilled) {
    make({.linger = 0s, .grace = 5s});
    join("a");
    publish("a");
    leave("a");
    EXPECT_THAT(actions(), ElementsAre("start a", "stop"));
    advance(6s);
    EXPECT_THAT(actions(), IsEmpty());
    advance(1s);
    EXPECT_THAT(actions(), ElementsAre("kill"));
    exit(killed);
    EXPECT_THAT(supervisor_->list(), IsEmpty());
}

TEST_F(EgressSupervisor, ARoomThatComesBackWhileItsEgressEndsGetsAnother) {
    make({.linger = 0s});
    join("a");
    publish("a");
    leave("a");
    actions();
    join("a");
    publish("a");
    EXPECT_THAT(actions(), IsEmpty());
    exit(clean);
    EXPECT_THAT(actions(), ElementsAre("start a"));
}

TEST_F(EgressSupervisor, StartsAgainWithBackoff) {
    make({.shortest_backoff = 1s, .longest_backoff = 4s, .healthy = 60s});
    join("a");
    publish("a");
    actions();
    for (const auto wait : {1s, 2s, 4s, 4s}) {
        running();
        exit(killed);
        EXPECT_EQ(state(), State::waiting);
        advance(wait - 1ms);
        EXPECT_THAT(actions(), IsEmpty());
        advance(1ms);
        EXPECT_THAT(actions(), ElementsAre("start a"));
    }
    EXPECT_EQ(supervisor_->list().front().restarts, 4U);
    running();
    advance(60s);
    exit(killed);
    advance(1s);
    EXPECT_THAT(actions(), ElementsAre("start a")) << "it had been well";
}

TEST_F(EgressSupervisor, NothingIsStartedAgainForAnEmptyRoom) {
    make({.linger = 2s, .shortest_backoff = 5s});
    join("a");
    publish("a");
    actions();
    exit(killed);
    leave("a");
    advance(60s);
    EXPECT_THAT(actions(), IsEmpty());
    EXPECT_THAT(supervisor_->list(), IsEmpty());
}

TEST_F(EgressSupervisor, WhatCannotWorkIsNotTriedAgainBeforeTheRoomWasEmpty) {
    make({.linger = 1s});
    join("a");
    publish("a");
    actions();
    exit({false, true, "wrong usage"});
    advance(1h);
    EXPECT_EQ(state(), State::failed);
    EXPECT_EQ(supervisor_->list().front().text, "wrong usage");
    EXPECT_THAT(actions(), IsEmpty());
    leave("a");
    advance(1s);
    join("a");
    publish("a");
    EXPECT_THAT(actions(), ElementsAre("start a"));
}

TEST_F(EgressSupervisor, WhatIsStoppedByHandStaysSo) {
    make({.linger = 1s});
    join("a");
    publish("a");
    actions();
    ASSERT_TRUE(supervisor_->stop(last_, now_));
    EXPECT_THAT(actions(), ElementsAre("stop"));
    exit(clean);
    publish("a");
    advance(1h);
    EXPECT_EQ(state(), State::ended);
    EXPECT_THAT(actions(), IsEmpty());
    EXPECT_FALSE(supervisor_->stop(EgressId{99}, now_));
}

TEST_F(EgressSupervisor, TheMediaServersEndIsThatOfTheRooms) {
    make({.linger = 1s});
    join("a");
    publish("a");
    actions();
    supervisor_->on_server_gone(now_);
    advance(1s);
    EXPECT_THAT(actions(), ElementsAre("stop"));
}

TEST_F(EgressSupervisor, ShutsDown) {
    make({.rooms = "lobby", .always = true});
    running();
    actions();
    supervisor_->shut_down(now_);
    EXPECT_THAT(actions(), ElementsAre("stop"));
    EXPECT_FALSE(supervisor_->idle());
    exit(clean);
    EXPECT_TRUE(supervisor_->idle());
    join("lobby");
    publish("lobby");
    EXPECT_THAT(actions(), IsEmpty());
}

} // namespace
} // namespace parley::egress
