#include "core/sdp/negotiation/subscriber_offer.hpp"
#include "tests/core/sdp/fixtures.hpp"

#include <gmock/gmock.h>

namespace parley::sdp {
namespace {

using test::local_transport;
using test::parsed;
using ::testing::HasSubstr;
using ::testing::Not;

SubscriberSlot audio_slot(std::string mid = "a0") {
    SubscriberSlot slot;
    slot.mid = std::move(mid);
    slot.kind = MediaKind::audio;
    slot.active = true;
    slot.format = &default_format(Codec::opus);
    slot.ssrc = 1000;
    slot.cname = "alice";
    slot.msid = {"alice", "alice/microphone"};
    return slot;
}

SubscriberSlot video_slot(std::string mid = "v0", Codec codec = Codec::vp8) {
    SubscriberSlot slot;
    slot.mid = std::move(mid);
    slot.kind = MediaKind::video;
    slot.active = true;
    slot.format = &default_format(codec);
    slot.ssrc = 2000;
    slot.rtx_ssrc = 2001;
    slot.cname = "alice";
    slot.msid = {"alice", "alice/camera"};
    return slot;
}

/// What a browser that can do everything answers.
SessionDescription browser_answer(const SessionDescription& offer) {
    auto answer = offer;
    answer.ice_lite = false;
    for (auto& media : answer.media) {
        media.ice_ufrag = "brow";
        media.ice_pwd = "lkjihgfedcba9876543210";
        media.setup = Setup::active;
        media.candidates.clear();
        media.sources.clear();
        media.source_groups.clear();
        media.msids.clear();
        if (media.direction == Direction::sendonly) media.direction = Direction::recvonly;
    }
    return answer;
}

void reject(SessionDescription& answer, std::size_t index) {
    auto& media = answer.media.at(index);
    media.port = 0;
    media.direction = Direction::inactive;
    auto& mids = answer.groups.at(0).mids;
    mids.erase(std::find(mids.begin(), mids.end(), media.mid));
}

SubscriberAnswer applied(const SessionDescription& answer, std::span<const SubscriberSlot> slots) {
    auto result = apply_subscriber_answer(answer, slots);
    if (!result) {
        ADD_FAILURE() << result.error().text;
        return {};
    }
    return *result;
}

TEST(SubscriberOffer, SaysAllThatABrowserNeeds) {
    const std::vector slots{audio_slot(), video_slot()};
    const auto offer = make_subscriber_offer(slots, local_transport());
    const auto text = to_string(offer);
    EXPECT_EQ(parsed(text), offer);
    for (const auto* const line : {"o=- 4711 3 IN IP4 127.0.0.1",
                                   "a=group:BUNDLE a0 v0",
                                   "a=ice-lite",
                                   "m=audio 10000 UDP/TLS/RTP/SAVPF 111",
                                   "m=video 10000 UDP/TLS/RTP/SAVPF 96 97",
                                   "a=setup:actpass",
                                   "a=sendonly",
                                   "a=rtcp-mux",
                                   "a=rtcp-rsize",
                                   "a=msid:alice alice/camera",
                                   "a=rtpmap:96 VP8/90000",
                                   "a=rtpmap:97 rtx/90000",
                                   "a=fmtp:97 apt=96",
                                   "a=rtcp-fb:96 nack pli",
                                   "a=rtcp-fb:96 transport-cc",
                                   "a=rtcp-fb:96 goog-remb",
                                   "a=fmtp:111 minptime=10;useinbandfec=1",
                                   "a=ssrc-group:FID 2000 2001",
                                   "a=ssrc:2000 cname:alice",
                                   "a=ssrc:2001 msid:alice alice/camera",
                                   "a=ssrc:1000 msid:alice alice/microphone",
                                   "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",
                                   "a=extmap-allow-mixed",
                                   "a=end-of-candidates"}) {
        EXPECT_THAT(text, HasSubstr(std::string{line} + "\r\n"));
    }
    // The transport is said where the bundle is tagged, the credentials everywhere.
    EXPECT_EQ(offer.media[0].candidates.size(), 3u);
    EXPECT_TRUE(offer.media[1].candidates.empty());
    EXPECT_EQ(offer.media[1].ice_ufrag, "serv");
}

TEST(SubscriberOffer, NumbersMeanTheSameInEveryOffer) {
    // RFC 8843, section 9.1: within a bundle a number has one meaning; here in all of them.
    std::vector<SubscriberSlot> slots;
    for (const auto& format : routed_formats()) {
        auto slot = format.kind() == MediaKind::audio ? audio_slot() : video_slot();
        slot.mid = "m" + std::to_string(slots.size());
        slot.format = &format;
        slots.push_back(slot);
    }
    const auto offer = make_subscriber_offer(slots, local_transport());
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const auto& media = offer.media[i];
        EXPECT_EQ(media.payload_types[0].number, slots[i].format->payload_type);
        EXPECT_EQ(match_format(media.payload_types[0]), slots[i].format);
        for (const auto& line : media.extensions)
            EXPECT_EQ(line.id, rtp::canonical_id(*rtp::from_uri(line.uri)));
    }
    const auto result = applied(browser_answer(offer), slots);
    for (const auto& slot : result.slots)
        EXPECT_EQ(slot.state, SlotState::accepted);
}

TEST(SubscriberOffer, FreeSlotsAreInactiveAndCanBeUsedAgain) {
    std::vector slots{audio_slot(), video_slot()};
    slots[1].active = false;
    auto offer = make_subscriber_offer(slots, local_transport());
    EXPECT_EQ(offer.media[1].direction, Direction::inactive);
    EXPECT_TRUE(offer.media[1].sources.empty());
    EXPECT_TRUE(offer.media[1].msids.empty());
    EXPECT_NE(offer.media[1].port, 0);
    EXPECT_EQ(applied(browser_answer(offer), slots).slots.at(1).state, SlotState::inactive);

    slots[1] = video_slot("v0", Codec::h264);
    slots[1].msid = {"bob", "bob/camera"};
    offer = make_subscriber_offer(slots, local_transport());
    EXPECT_EQ(offer.media[1].mid, "v0");
    EXPECT_THAT(to_string(offer), HasSubstr("a=msid:bob bob/camera\r\n"));
    EXPECT_THAT(to_string(offer), HasSubstr("m=video 10000 UDP/TLS/RTP/SAVPF 108 109\r\n"));
    EXPECT_EQ(applied(browser_answer(offer), slots).slots.at(1).state, SlotState::accepted);
}

TEST(SubscriberOffer, AFreshFreeSlotHasTheCodecOfItsKind) {
    SubscriberSlot audio;
    audio.mid = "0";
    SubscriberSlot video;
    video.mid = "1";
    video.kind = MediaKind::video;
    const auto offer = make_subscriber_offer(std::vector{audio, video}, local_transport());
    EXPECT_EQ(offer.media[0].payload_types[0].codec, "opus");
    EXPECT_EQ(offer.media[1].payload_types[0].codec, "VP8");
}

TEST(SubscriberOffer, StoppedSlotsStayInTheirPlaceWithPortZero) {
    std::vector slots{audio_slot(), video_slot("v0"), video_slot("v1")};
    slots[1].stopped = true;
    const auto offer = make_subscriber_offer(slots, local_transport());
    EXPECT_TRUE(offer.media[1].rejected());
    EXPECT_EQ(offer.bundle()->mids, (std::vector<std::string>{"a0", "v1"}));
    auto answer = browser_answer(offer);
    const auto result = applied(answer, slots);
    EXPECT_TRUE(result.slots.at(1).stopped);
    EXPECT_EQ(result.slots.at(1).state, SlotState::inactive);
    EXPECT_EQ(result.slots.at(2).state, SlotState::accepted);
    // Nobody can accept what is stopped.
    answer.media[1].port = 9;
    EXPECT_FALSE(apply_subscriber_answer(answer, slots));
}

TEST(SubscriberAnswer, GivesTransportAndWhatWasKept) {
    const std::vector slots{audio_slot(), video_slot()};
    auto answer = browser_answer(make_subscriber_offer(slots, local_transport()));
    auto& video = answer.media[1];
    // As Firefox: fewer extensions, in one direction; and one under another id, which is void.
    std::erase_if(video.extensions, [](const auto& line) {
        return line.uri != rtp::uri(rtp::Extension::mid) &&
               line.uri != rtp::uri(rtp::Extension::transport_cc) &&
               line.uri != rtp::uri(rtp::Extension::playout_delay) &&
               line.uri != rtp::uri(rtp::Extension::abs_send_time);
    });
    for (auto& line : video.extensions) {
        if (line.uri == rtp::uri(rtp::Extension::playout_delay))
            line.direction = Direction::recvonly;
        if (line.uri == rtp::uri(rtp::Extension::abs_send_time)) line.id = 13;
    }
    video.payload_types[0].feedback = {{"nack", ""}, {"nack", "pli"}, {"transport-cc", ""}};
    const auto result = applied(answer, slots);
    ASSERT_TRUE(result.remote);
    EXPECT_EQ(result.remote->ufrag, "brow");
    EXPECT_EQ(result.remote->pwd, "lkjihgfedcba9876543210");
    EXPECT_EQ(result.remote->setup, Setup::active);
    EXPECT_FALSE(result.remote->dtls_client);
    const auto& slot = result.slots.at(1);
    EXPECT_EQ(slot.mid, "v0");
    EXPECT_EQ(slot.state, SlotState::accepted);
    EXPECT_TRUE(slot.rtx);
    EXPECT_TRUE(slot.extensions.has(rtp::Extension::mid));
    EXPECT_TRUE(slot.extensions.has(rtp::Extension::playout_delay));
    EXPECT_FALSE(slot.extensions.has(rtp::Extension::abs_send_time));
    EXPECT_FALSE(slot.extensions.has(rtp::Extension::dependency_descriptor));
    EXPECT_EQ(slot.feedback, (Feedback{true, true, false, true, false}));
    EXPECT_FALSE(result.slots.at(0).rtx);

    answer.media[0].setup = Setup::passive;
    EXPECT_TRUE(applied(answer, slots).remote->dtls_client);
}

TEST(SubscriberAnswer, RtxMayBeLeftOut) {
    const std::vector slots{video_slot()};
    auto answer = browser_answer(make_subscriber_offer(slots, local_transport()));
    answer.media[0].payload_types.pop_back();
    const auto result = applied(answer, slots);
    EXPECT_EQ(result.slots.at(0).state, SlotState::accepted);
    EXPECT_FALSE(result.slots.at(0).rtx);
}

TEST(SubscriberAnswer, WithoutTheCodecASlotIsUnsupported) {
    const std::vector slots{audio_slot(), video_slot("v0", Codec::h264), video_slot("v1")};
    const auto offer = make_subscriber_offer(slots, local_transport());

    // Firefox without H264, and Chromium without H265, refuse the m-line.
    auto answer = browser_answer(offer);
    reject(answer, 1);
    auto result = applied(answer, slots);
    EXPECT_EQ(result.slots.at(1).state, SlotState::unsupported);
    EXPECT_TRUE(result.slots.at(1).stopped);
    EXPECT_EQ(result.slots.at(2).state, SlotState::accepted);
    ASSERT_TRUE(result.remote);

    // Firefox answers a VP9 profile it lacks with the number but another profile.
    answer = browser_answer(offer);
    answer.media[1].payload_types[0].fmtp = "profile-level-id=64001f;packetization-mode=1";
    result = applied(answer, slots);
    EXPECT_EQ(result.slots.at(1).state, SlotState::unsupported);
    EXPECT_FALSE(result.slots.at(1).stopped);

    // Another codec under the number.
    answer.media[1].payload_types[0].codec = "VP8";
    EXPECT_EQ(applied(answer, slots).slots.at(1).state, SlotState::unsupported);

    // Or other numbers only.
    answer.media[1].payload_types[0].number = 77;
    EXPECT_EQ(applied(answer, slots).slots.at(1).state, SlotState::unsupported);
}

TEST(SubscriberAnswer, NothingAcceptedMeansNothingToConnect) {
    const std::vector slots{video_slot("v0", Codec::h265)};
    auto answer = browser_answer(make_subscriber_offer(slots, local_transport()));
    reject(answer, 0);
    answer.groups.clear();
    answer.media[0].mid.clear(); // RFC 8829 lets a rejected section come without
    const auto result = applied(answer, slots);
    EXPECT_FALSE(result.remote);
    EXPECT_EQ(result.slots.at(0).state, SlotState::unsupported);
}

TEST(SubscriberAnswer, ASubscriberMayDeclineForNow) {
    const std::vector slots{audio_slot(), video_slot()};
    auto answer = browser_answer(make_subscriber_offer(slots, local_transport()));
    answer.media[1].direction = Direction::inactive;
    EXPECT_EQ(applied(answer, slots).slots.at(1).state, SlotState::inactive);
    answer.media[1].direction = Direction::sendrecv;
    EXPECT_EQ(applied(answer, slots).slots.at(1).state, SlotState::accepted);
}

TEST(SubscriberAnswer, SaysWhatDoesNotFitTheOffer) {
    const std::vector slots{audio_slot(), video_slot()};
    const auto good = browser_answer(make_subscriber_offer(slots, local_transport()));
    const auto refused = [&](auto&& change) {
        auto answer = good;
        change(answer);
        const auto result = apply_subscriber_answer(answer, slots);
        return result ? std::string{} : result.error().text;
    };
    EXPECT_EQ(refused([](auto&) {}), "");
    EXPECT_THAT(refused([](auto& a) { a.media.pop_back(); }), HasSubstr("1 m-lines"));
    EXPECT_THAT(refused([](auto& a) { std::swap(a.media[0], a.media[1]); }),
                HasSubstr("not audio"));
    EXPECT_THAT(refused([](auto& a) { a.media[1].mid = "x"; }), HasSubstr("mid \"x\""));
    EXPECT_THAT(refused([](auto& a) { a.groups[0].mids = {"a0"}; }), HasSubstr("BUNDLE"));
    EXPECT_THAT(refused([](auto& a) { a.groups.clear(); }), HasSubstr("BUNDLE"));
    EXPECT_THAT(refused([](auto& a) { a.media[1].rtcp_mux = false; }), HasSubstr("rtcp-mux"));
    EXPECT_THAT(refused([](auto& a) { a.media[0].setup = Setup::actpass; }), HasSubstr("a=setup"));
    EXPECT_THAT(refused([](auto& a) { a.media[0].setup.reset(); }), HasSubstr("a=setup"));
    EXPECT_THAT(refused([](auto& a) { a.media[0].ice_pwd.clear(); }), HasSubstr("ICE credentials"));
    EXPECT_THAT(refused([](auto& a) { a.media[0].fingerprints.clear(); }),
                HasSubstr("fingerprint"));
    EXPECT_THAT(refused([](auto& a) { a.ice_lite = true; }), HasSubstr("ICE-lite"));
}

// Real answers, read against the slots that their offers amount to: Chromium's own numbers are not
// ours, so the codec is unsupported, but transport, order and mids are theirs.
TEST(SubscriberAnswer, ReadsWhatBrowsersAnswered) {
    PARLEY_NEED_FIXTURES();
    std::size_t connected = 0;
    std::size_t accepted = 0;
    for (const auto& file : test::fixtures(".answer.sdp")) {
        SCOPED_TRACE(file.name);
        const auto answer = parsed(file.text);
        std::vector<SubscriberSlot> slots;
        bool rtp_only = true;
        for (const auto& media : answer.media) {
            rtp_only &= media.rtp();
            auto slot =
                media.kind == SectionKind::audio ? audio_slot(media.mid) : video_slot(media.mid);
            slot.stopped = media.rejected();
            slots.push_back(slot);
        }
        const auto result = apply_subscriber_answer(answer, slots);
        ASSERT_EQ(result.has_value(), rtp_only) << (result ? "" : result.error().text);
        if (!result || !result->remote) continue;
        ++connected;
        EXPECT_EQ(result->remote->setup, Setup::active);
        EXPECT_FALSE(result->remote->fingerprints.empty());
        for (std::size_t i = 0; i < slots.size(); ++i) {
            const auto& media = answer.media[i];
            const bool same_number =
                media.payload_type(slots[i].format->payload_type) != nullptr &&
                match_format(*media.payload_type(slots[i].format->payload_type)) == slots[i].format;
            const bool receives =
                media.direction == Direction::recvonly || media.direction == Direction::sendrecv;
            EXPECT_EQ(result->slots[i].state == SlotState::accepted,
                      !media.rejected() && same_number && receives);
            accepted += result->slots[i].state == SlotState::accepted ? 1 : 0;
        }
    }
    EXPECT_GE(connected, 40u);
    EXPECT_GE(accepted, 20u); // Chromium's opus is 111 and its VP8 96, as ours are
}

} // namespace
} // namespace parley::sdp
