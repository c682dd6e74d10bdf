#include "core/ice/ice_lite.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace parley::ice {
namespace {

const Credentials ours{"ours", "our-password-0123456789"};
const Credentials fresh{"fresh", "fresh-password-0123456789"};

Flow flow(std::uint16_t port) {
    return {{IpAddress::v4(192, 0, 2, 1), port}, IpAddress::v4(198, 51, 100, 1)};
}

class IceLite : public testing::Test {
  protected:
    struct Answer {
        LiteSession::Outcome outcome;
        int error = 0; ///< 0: success; -1: no reply
        bool signed_by_us = false;
        std::optional<Endpoint> mapped;
        std::vector<std::uint8_t> bytes;
    };
    using Build = std::function<void(stun::MessageBuilder&)>;

    Answer send(const Flow& from, const Build& build,
                stun::Class message_class = stun::Class::request, const Credentials& key = ours) {
        std::array<std::uint8_t, 512> buffer;
        stun::MessageBuilder builder{buffer, message_class, stun::binding, {1, 2, 3}};
        build(builder);
        const auto request = stun::MessageView::parse(builder.finish());
        EXPECT_TRUE(request);
        Answer answer;
        answer.outcome = session.handle_request(*request, from, now, reply_);
        const auto bytes = answer.outcome.reply;
        if (bytes.empty()) {
            answer.error = -1;
            return answer;
        }
        answer.bytes.assign(bytes.begin(), bytes.end());
        const auto reply = stun::MessageView::parse(bytes);
        EXPECT_TRUE(reply);
        EXPECT_TRUE(reply->check_fingerprint());
        EXPECT_EQ(reply->transaction_id(), request->transaction_id());
        answer.error = reply->error_code() ? reply->error_code()->code : 0;
        answer.signed_by_us = reply->check_integrity(key.pwd);
        answer.mapped = reply->xor_mapped_address();
        return answer;
    }

    Answer check(const Flow& from, bool nominate, std::uint32_t priority = 100,
                 const Credentials& key = ours) {
        return send(
            from,
            [&](stun::MessageBuilder& b) {
                b.username(key.ufrag + ":peer").priority(priority).ice_controlling(1);
                if (nominate) b.use_candidate();
                b.integrity(key.pwd).fingerprint();
            },
            stun::Class::request, key);
    }

    Instant now{Duration{1h}};
    LiteSession session{ours, now};

  private:
    std::array<std::uint8_t, LiteSession::max_reply_size> reply_{};
};

TEST_F(IceLite, AnswersACheckWithTheAddressItCameFrom) {
    const auto answer = check(flow(5000), false);
    EXPECT_EQ(answer.error, 0);
    EXPECT_TRUE(answer.outcome.authenticated);
    EXPECT_TRUE(answer.signed_by_us);
    EXPECT_EQ(answer.mapped, flow(5000).remote);
    EXPECT_TRUE(session.is_valid(flow(5000)));
    EXPECT_FALSE(session.is_valid(flow(5001)));
}

TEST_F(IceLite, RefusesWhatRfc8489Refuses) {
    using B = stun::MessageBuilder;
    const auto no_user = send(flow(1), [](B& b) { b.priority(1).integrity(ours.pwd); });
    EXPECT_EQ(no_user.error, 400);
    EXPECT_FALSE(no_user.signed_by_us);
    EXPECT_EQ(send(flow(1), [](B& b) { b.username("ours:x").priority(1); }).error, 400);
    EXPECT_EQ(
        send(flow(1), [](B& b) { b.username("other:x").priority(1).integrity(ours.pwd); }).error,
        401);
    EXPECT_EQ(send(flow(1), [](B& b) { b.username("ours").priority(1).integrity(ours.pwd); }).error,
              401);
    EXPECT_EQ(
        send(flow(1), [](B& b) { b.username("ours:x").priority(1).integrity("guess"); }).error,
        401);
    const auto unknown = send(flow(1), [](B& b) {
        b.username("ours:x").priority(1).attribute(0x0003, {}).integrity(ours.pwd);
    });
    EXPECT_EQ(unknown.error, 420);
    EXPECT_TRUE(unknown.signed_by_us);
    const auto no_priority = send(flow(1), [](B& b) { b.username("ours:x").integrity(ours.pwd); });
    EXPECT_EQ(no_priority.error, 400);
    const auto conflict = send(flow(1), [](B& b) {
        b.username("ours:x").priority(1).ice_controlled(~0ULL).integrity(ours.pwd);
    });
    EXPECT_EQ(conflict.error, 487);
    EXPECT_TRUE(conflict.signed_by_us);

    EXPECT_FALSE(session.is_valid(flow(1)));
    EXPECT_EQ(session.counters().refused, 8U);
    EXPECT_EQ(session.counters().checks, 0U);
}

TEST_F(IceLite, NamesTheAttributeThatItDoesNotKnow) {
    const auto answer = send(flow(1), [](stun::MessageBuilder& b) {
        b.username("ours:x").priority(1).attribute(0x0003, {}).integrity(ours.pwd);
    });
    const std::array<std::uint8_t, 6> expected = {0x00, 0x0A, 0x00, 0x02, 0x00, 0x03};
    EXPECT_NE(
        std::search(answer.bytes.begin(), answer.bytes.end(), expected.begin(), expected.end()),
        answer.bytes.end());
}

TEST_F(IceLite, SaysNothingToWhatIsNoRequest) {
    const auto build = [](stun::MessageBuilder& b) {
        b.username("ours:x").priority(1).integrity(ours.pwd).fingerprint();
    };
    EXPECT_EQ(send(flow(1), build, stun::Class::indication).error, -1);
    EXPECT_EQ(send(flow(1), build, stun::Class::success).error, -1);
    const auto wrong_crc = [](stun::MessageBuilder& b) {
        const std::array<std::uint8_t, 4> crc = {1, 2, 3, 4};
        b.username("ours:x").priority(1).integrity(ours.pwd);
        b.attribute(stun::attribute::fingerprint, crc);
    };
    EXPECT_EQ(send(flow(1), wrong_crc).error, -1);
    EXPECT_FALSE(session.is_valid(flow(1)));
}

TEST_F(IceLite, UsesTheBestPathUntilOneIsNominated) {
    EXPECT_TRUE(check(flow(1), false, 10).outcome.selected_changed);
    EXPECT_TRUE(check(flow(2), false, 20).outcome.selected_changed);
    EXPECT_FALSE(check(flow(3), false, 5).outcome.selected_changed);
    EXPECT_EQ(session.selected(), flow(2));
    EXPECT_FALSE(session.nominated());

    EXPECT_TRUE(check(flow(3), true, 5).outcome.selected_changed);
    EXPECT_EQ(session.selected(), flow(3));
    EXPECT_FALSE(check(flow(2), false, 20).outcome.selected_changed);
    EXPECT_EQ(session.selected(), flow(3));
}

TEST_F(IceLite, FollowsANewNomination) {
    check(flow(1), true);
    EXPECT_TRUE(check(flow(2), true).outcome.selected_changed);
    EXPECT_EQ(session.selected(), flow(2));
    EXPECT_TRUE(session.is_valid(flow(1))); // what is still under way on the old path counts
}

TEST_F(IceLite, ExpiresAfterThirtySecondsOfSilence) {
    check(flow(1), true);
    now += 29s;
    EXPECT_FALSE(session.expired(now));
    check(flow(1), false);
    now += 29s;
    EXPECT_FALSE(session.expired(now));
    EXPECT_EQ(session.next_deadline(), now + 1s);
    now += 1s;
    EXPECT_TRUE(session.expired(now));
}

TEST_F(IceLite, OnlyAuthenticatedChecksKeepItAlive) {
    check(flow(1), true);
    for (int i = 0; i < 31; ++i) {
        now += 1s;
        send(flow(1), [](stun::MessageBuilder& b) {
            b.username("ours:x").priority(1).integrity("guess").fingerprint();
        });
    }
    EXPECT_TRUE(session.expired(now));
}

TEST_F(IceLite, WaitsLongEnoughForTheFirstCheck) {
    EXPECT_FALSE(session.expired(now + 39500ms));
    EXPECT_TRUE(session.expired(now + 40s));
    EXPECT_EQ(session.next_deadline(), now + 40s);
}

TEST_F(IceLite, LeavesAPathThatFellSilentForOneThatLives) {
    check(flow(1), true);
    now += 20s;
    check(flow(2), false);
    now += 10s;
    EXPECT_TRUE(session.handle_timeout(now));
    EXPECT_EQ(session.selected(), flow(2));
    EXPECT_FALSE(session.is_valid(flow(1)));
    EXPECT_FALSE(session.expired(now));
}

TEST_F(IceLite, RemovedPathsAreNotUsed) {
    check(flow(1), true);
    check(flow(2), false);
    EXPECT_TRUE(session.remove_flow(flow(1)));
    EXPECT_EQ(session.selected(), flow(2));
    EXPECT_TRUE(session.remove_flow(flow(2)));
    EXPECT_FALSE(session.selected());
    EXPECT_FALSE(session.remove_flow(flow(2)));
}

TEST_F(IceLite, RestartKeepsTheOldCredentialsUntilTheNewOnesAreUsed) {
    check(flow(1), true);
    session.restart(fresh, now);
    EXPECT_EQ(check(flow(1), false).error, 0);
    EXPECT_EQ(session.selected(), flow(1));

    EXPECT_EQ(check(flow(2), true, 100, fresh).error, 0);
    EXPECT_EQ(session.selected(), flow(2));
    EXPECT_FALSE(session.previous());
    EXPECT_EQ(check(flow(1), true).error, 401);
    EXPECT_EQ(session.selected(), flow(2));
}

TEST_F(IceLite, BoundsThePathsAndKeepsTheOneInUse) {
    check(flow(1), true);
    for (std::uint16_t port = 2; port < 500; ++port) {
        now += 1ms;
        EXPECT_EQ(check(flow(port), false, 1000).error, 0);
    }
    EXPECT_EQ(session.selected(), flow(1));
    EXPECT_TRUE(session.is_valid(flow(1)));
    EXPECT_TRUE(session.is_valid(flow(499)));
    std::size_t valid = 0;
    for (std::uint16_t port = 1; port < 500; ++port)
        valid += session.is_valid(flow(port)) ? 1 : 0;
    EXPECT_EQ(valid, LiteConfig{}.max_flows);
}

TEST(IceCredentials, AreLongAndDiffer) {
    const auto a = Credentials::random();
    const auto b = Credentials::random();
    EXPECT_GE(a.ufrag.size(), 4U);
    EXPECT_GE(a.pwd.size(), 22U);
    EXPECT_NE(a.ufrag, b.ufrag);
    EXPECT_NE(a.pwd, b.pwd);
}

} // namespace
} // namespace parley::ice
