#include "core/sdp/negotiation/viewer_answer.hpp"
#include "tests/core/sdp/fixtures.hpp"

#include <gmock/gmock.h>

namespace parley::sdp {
namespace {

using test::fixture;
using test::local_transport;
using test::parsed;
using ::testing::HasSubstr;

ViewerSettings both_kinds() {
    ViewerSettings settings;
    settings.audio = ViewerSource{{}, 100, 0, "alice", {"alice", "alice/microphone"}};
    settings.video = ViewerSource{{}, 200, 201, "alice", {"alice", "alice/camera"}};
    return settings;
}

ViewerAnswer answered(const SessionDescription& offer, const ViewerSettings& settings,
                      std::span<const ViewedMedia> previous = {}) {
    auto result = answer_viewer(offer, local_transport(), settings, previous);
    if (!result) {
        ADD_FAILURE() << result.error().text;
        return {};
    }
    return *result;
}

TEST(ViewerAnswer, SendsWhatChromiumWantsToReceive) {
    PARLEY_NEED_FIXTURES();
    const auto result = answered(fixture("chromium-156/av-recvonly.offer.sdp"), both_kinds());
    ASSERT_EQ(result.media.size(), 2u);
    const auto& audio = result.media[0];
    EXPECT_EQ(audio.state, MediaState::active);
    EXPECT_EQ(audio.codec.payload_type, 111);
    EXPECT_EQ(audio.ssrc, 100u);
    EXPECT_EQ(audio.extensions.id(rtp::Extension::mid), 4); // its ids, not ours
    const auto& video = result.media[1];
    EXPECT_EQ(video.codec.format->codec, Codec::vp8);
    EXPECT_EQ(video.codec.rtx_payload_type, 97);
    EXPECT_EQ(video.ssrc, 200u);
    EXPECT_EQ(video.rtx_ssrc, 201u);
    EXPECT_FALSE(video.extensions.has(rtp::Extension::rid)); // one stream: no layers to tell
    const auto text = to_string(result.answer);
    for (const auto* const line :
         {"a=sendonly", "a=msid:alice alice/camera", "a=ssrc-group:FID 200 201",
          "a=ssrc:100 cname:alice", "a=setup:passive", "a=ice-lite", "a=group:BUNDLE 0 1"}) {
        EXPECT_THAT(text, HasSubstr(std::string{line} + "\r\n"));
    }
    EXPECT_EQ(parsed(text), result.answer);
    ASSERT_TRUE(result.remote);
    EXPECT_EQ(result.remote->ufrag, "e9i+");
}

TEST(ViewerAnswer, FirefoxHasNumbersOfItsOwn) {
    PARLEY_NEED_FIXTURES();
    const auto result = answered(fixture("firefox-esr-153/av-recvonly.offer.sdp"), both_kinds());
    EXPECT_EQ(result.media.at(0).codec.payload_type, 109);
    EXPECT_EQ(result.media.at(1).codec.payload_type, 120);
    EXPECT_EQ(result.media.at(1).codec.rtx_payload_type, 124);
}

TEST(ViewerAnswer, PrefersTheCodecsOfTheTracks) {
    PARLEY_NEED_FIXTURES();
    const auto chromium = fixture("chromium-156/av-recvonly.offer.sdp");
    auto settings = both_kinds();
    settings.video->formats = {&default_format(Codec::h264), &default_format(Codec::vp9)};
    EXPECT_EQ(answered(chromium, settings).media.at(1).codec.payload_type, 108);
    // Firefox has no H264: the second choice.
    const auto firefox = fixture("firefox-esr-153/av-recvonly.offer.sdp");
    EXPECT_EQ(answered(firefox, settings).media.at(1).codec.format->codec, Codec::vp9);
    // None of them: the room's order.
    settings.video->formats = {&default_format(Codec::h265)};
    settings.video_codecs = {Codec::av1, Codec::vp8};
    EXPECT_EQ(answered(firefox, settings).media.at(1).codec.format->codec, Codec::av1);
}

TEST(ViewerAnswer, KindsThatNobodySendsAreInactive) {
    PARLEY_NEED_FIXTURES();
    auto settings = both_kinds();
    settings.video.reset();
    const auto result = answered(fixture("chromium-156/av-recvonly.offer.sdp"), settings);
    EXPECT_EQ(result.media.at(0).state, MediaState::active);
    EXPECT_EQ(result.media.at(1).state, MediaState::inactive);
    EXPECT_EQ(result.answer.media.at(1).direction, Direction::inactive);
    EXPECT_TRUE(result.answer.media.at(1).sources.empty());
}

TEST(ViewerAnswer, TheFirstSectionOfAKindGetsTheTrack) {
    PARLEY_NEED_FIXTURES();
    auto offer = fixture("chromium-156/multi-2audio-3video.offer.sdp");
    for (auto& media : offer.media)
        media.direction = Direction::recvonly;
    const auto result = answered(offer, both_kinds());
    ASSERT_EQ(result.media.size(), 5u);
    EXPECT_EQ(result.media[0].state, MediaState::active);
    EXPECT_EQ(result.media[1].state, MediaState::inactive);
    EXPECT_EQ(result.media[2].state, MediaState::active);
    EXPECT_EQ(result.media[3].state, MediaState::inactive);
    EXPECT_EQ(result.media[4].state, MediaState::inactive);
}

TEST(ViewerAnswer, WhoOnlySendsGetsNothing) {
    PARLEY_NEED_FIXTURES();
    const auto result = answered(fixture("chromium-156/av-sendonly.offer.sdp"), both_kinds());
    for (const auto& media : result.media)
        EXPECT_EQ(media.state, MediaState::inactive);
}

TEST(ViewerAnswer, WithoutRtxThereIsNoRtxSource) {
    PARLEY_NEED_FIXTURES();
    auto offer = fixture("chromium-156/av-recvonly.offer.sdp");
    std::erase_if(offer.media[1].payload_types,
                  [](const PayloadType& payload) { return payload.codec == "rtx"; });
    const auto result = answered(offer, both_kinds());
    EXPECT_EQ(result.media.at(1).ssrc, 200u);
    EXPECT_EQ(result.media.at(1).rtx_ssrc, 0u);
    EXPECT_TRUE(result.answer.media.at(1).source_groups.empty());
}

TEST(ViewerAnswer, KeepsCodecAndSourcesOfAMid) {
    PARLEY_NEED_FIXTURES();
    const auto offer = fixture("chromium-156/av-recvonly.offer.sdp");
    auto settings = both_kinds();
    settings.video->formats = {&default_format(Codec::vp9)};
    const auto first = answered(offer, settings);
    settings.video->formats = {&default_format(Codec::h264)};
    settings.video->ssrc = 300;
    settings.video->rtx_ssrc = 301;
    const auto second = answered(offer, settings, first.media);
    EXPECT_EQ(second.media.at(1).codec.format, first.media.at(1).codec.format);
    EXPECT_EQ(second.media.at(1).ssrc, 200u);
    EXPECT_EQ(second.media.at(1).rtx_ssrc, 201u);
    EXPECT_EQ(second.answer.media.at(1).sources.at(0).ssrc, 200u);
}

TEST(ViewerAnswer, AnswersEveryRecordedOffer) {
    PARLEY_NEED_FIXTURES();
    for (const auto& file : test::fixtures(".offer.sdp")) {
        SCOPED_TRACE(file.name);
        const auto offer = parsed(file.text);
        const auto result = answered(offer, both_kinds());
        ASSERT_EQ(result.answer.media.size(), offer.media.size());
        EXPECT_EQ(parsed(to_string(result.answer)), result.answer);
        for (std::size_t i = 0; i < offer.media.size(); ++i) {
            const auto& media = result.media[i];
            const auto& answer = result.answer.media[i];
            EXPECT_EQ(answer.mid, offer.media[i].mid);
            if (media.state == MediaState::rejected) {
                EXPECT_EQ(answer.port, 0);
                EXPECT_FALSE(media.reason.empty());
                continue;
            }
            EXPECT_EQ(answer.direction, media.state == MediaState::active ? Direction::sendonly
                                                                          : Direction::inactive);
            EXPECT_NE(offer.media[i].payload_type(media.codec.payload_type), nullptr);
        }
    }
}

TEST(ViewerAnswer, SaysWhatIsWrongWithAnOffer) {
    PARLEY_NEED_FIXTURES();
    const auto good = fixture("chromium-156/av-recvonly.offer.sdp");
    const auto refused = [&](auto&& change) {
        auto offer = good;
        change(offer);
        const auto result = answer_viewer(offer, local_transport(), both_kinds());
        return result ? std::string{} : result.error().text;
    };
    EXPECT_EQ(refused([](auto&) {}), "");
    EXPECT_THAT(refused([](auto& o) { o.media.clear(); }), HasSubstr("no m-lines"));
    EXPECT_THAT(refused([](auto& o) { o.media.resize(17, o.media[0]); }), HasSubstr("m-lines"));
    EXPECT_THAT(refused([](auto& o) { o.media[0].fingerprints.clear(); }),
                HasSubstr("fingerprint"));
    EXPECT_THAT(refused([](auto& o) { o.media[1].rtcp_mux = false; }), HasSubstr("rtcp-mux"));
}

} // namespace
} // namespace parley::sdp
