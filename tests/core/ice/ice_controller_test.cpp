#include "core/ice/ice_controller.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace parley::ice {
namespace {

const Credentials local{"local", "local-password-0123456789"};
const Credentials remote{"remote", "remote-password-0123456789"};

class IceController : public testing::Test {
  protected:
    /// Moves the time on in steps of its deadlines and counts what it sends meanwhile.
    int sent_until(Instant end) {
        int count = 0;
        while (true) {
            while (controller.poll_datagram())
                ++count;
            const auto next = controller.next_deadline();
            if (!next || *next > end) break;
            now = *next;
            controller.handle_timeout(now);
        }
        now = end;
        return count;
    }

    void answer(Bytes request_bytes, std::string_view password) {
        const auto request = stun::MessageView::parse(request_bytes);
        ASSERT_TRUE(request);
        std::array<std::uint8_t, 256> buffer;
        const auto bytes = stun::MessageBuilder{buffer, stun::Class::success, stun::binding,
                                                request->transaction_id()}
                               .xor_mapped_address({IpAddress::v4(10, 0, 0, 1), 77})
                               .integrity(password)
                               .fingerprint()
                               .finish();
        controller.handle_response(*stun::MessageView::parse(bytes), now);
    }

    Instant now{Duration{1h}};
    Controller controller{local, remote};
};

TEST_F(IceController, SendsACheckThatTheRemoteSideCanVerify) {
    EXPECT_FALSE(controller.poll_datagram());
    controller.start(now);
    const auto datagram = controller.poll_datagram();
    ASSERT_TRUE(datagram);
    const auto request = stun::MessageView::parse(*datagram);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->username(), "remote:local");
    EXPECT_EQ(target_ufrag(*request), "remote");
    EXPECT_TRUE(request->use_candidate());
    EXPECT_TRUE(request->ice_controlling());
    EXPECT_TRUE(request->priority());
    EXPECT_TRUE(request->check_integrity(remote.pwd));
    EXPECT_TRUE(request->check_fingerprint());
    EXPECT_FALSE(controller.poll_datagram());
}

TEST_F(IceController, ConnectsOnAnAuthenticAnswerOnly) {
    controller.start(now);
    const auto request = *controller.poll_datagram();
    const std::vector<std::uint8_t> copy{request.begin(), request.end()};
    answer(copy, "not the password");
    EXPECT_EQ(controller.state(), Controller::State::checking);
    answer(copy, remote.pwd);
    EXPECT_EQ(controller.state(), Controller::State::connected);
    EXPECT_EQ(controller.mapped_address(), (Endpoint{IpAddress::v4(10, 0, 0, 1), 77}));
}

TEST_F(IceController, RepeatsAndThenGivesUp) {
    controller.start(now);
    EXPECT_EQ(sent_until(now + 60s), ControllerConfig{}.max_transmissions);
    EXPECT_EQ(controller.state(), Controller::State::failed);
}

TEST_F(IceController, KeepsAliveEveryFiveSecondsAndLosesConsentAfterThirty) {
    controller.start(now);
    const auto request = *controller.poll_datagram();
    answer(std::vector<std::uint8_t>{request.begin(), request.end()}, remote.pwd);
    EXPECT_EQ(sent_until(now + 4900ms), 0);
    EXPECT_EQ(sent_until(now + 150ms), 1);
    sent_until(now + 24s);
    EXPECT_EQ(controller.state(), Controller::State::connected);
    sent_until(now + 2s);
    EXPECT_EQ(controller.state(), Controller::State::failed);
}

} // namespace
} // namespace parley::ice
