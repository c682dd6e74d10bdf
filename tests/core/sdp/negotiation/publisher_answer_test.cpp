#include "core/sdp/negotiation/publisher_answer.hpp"
#include "tests/core/sdp/fixtures.hpp"

#include <gmock/gmock.h>

namespace parley::sdp {
namespace {

using test::fixture;
using test::local_transport;
using test::parsed;
using ::testing::HasSubstr;

PublisherAnswer answered(const SessionDescription& offer, const std::vector<Codec>& order = {},
                         std::span<const PublishedMedia> previous = {}) {
    PublisherSettings settings;
    if (!order.empty()) settings.video_codecs = order;
    auto result = answer_publisher(offer, local_transport(), settings, previous);
    if (!result) {
        ADD_FAILURE() << result.error().text;
        return {};
    }
    return *result;
}

std::string refused(const SessionDescription& offer) {
    const auto result = answer_publisher(offer, local_transport());
    return result ? "" : result.error().text;
}

/// An offer of one video section, as a WHIP client makes it; `more` are further lines of it.
std::string video_offer(const std::string& more = "", const std::string& formats = "96") {
    return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE v\r\n"
           "m=video 9 UDP/TLS/RTP/SAVPF " +
           formats +
           "\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\na=rtcp-mux\r\n"
           "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\na=setup:actpass\r\n"
           "a=fingerprint:sha-256 "
           "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
           "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n" +
           more;
}
const std::string vp8 = "a=rtpmap:96 VP8/90000\r\n";

std::string without(std::string text, const std::string& line_start) {
    const auto at = text.find(line_start);
    EXPECT_NE(at, std::string::npos);
    return text.erase(at, text.find('\n', at) + 1 - at);
}

/// What must hold for any answer to any offer (RFC 3264, 8843, 8829).
void check_answer(const std::string& name, const SessionDescription& offer,
                  const PublisherAnswer& result) {
    SCOPED_TRACE(name);
    const auto again = parse(to_string(result.answer));
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(*again, result.answer) << to_string(result.answer);
    ASSERT_EQ(result.answer.media.size(), offer.media.size());
    ASSERT_EQ(result.media.size(), offer.media.size());
    EXPECT_TRUE(result.answer.ice_lite);

    std::vector<std::string> accepted;
    std::size_t with_candidates = 0;
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        const auto& asked = offer.media[i];
        const auto& answer = result.answer.media[i];
        const auto& media = result.media[i];
        EXPECT_EQ(answer.mid, asked.mid);
        EXPECT_EQ(answer.kind, asked.kind);
        EXPECT_EQ(answer.protocol, asked.protocol);
        EXPECT_EQ(answer.rejected(), media.state == MediaState::rejected);
        EXPECT_EQ(media.reason.empty(), media.state != MediaState::rejected);
        if (!asked.rtp() || asked.rejected()) {
            EXPECT_EQ(media.state, MediaState::rejected);
        }
        if (media.state == MediaState::rejected) {
            EXPECT_EQ(answer.port, 0);
            continue;
        }
        accepted.push_back(asked.mid);
        const bool sends =
            asked.direction == Direction::sendrecv || asked.direction == Direction::sendonly;
        EXPECT_EQ(media.state, sends ? MediaState::active : MediaState::inactive);
        EXPECT_EQ(answer.direction, sends ? Direction::recvonly : Direction::inactive);
        EXPECT_TRUE(answer.rtcp_mux);
        EXPECT_EQ(answer.setup, Setup::passive);
        EXPECT_EQ(answer.ice_ufrag, "serv");
        EXPECT_EQ(answer.fingerprints.size(), 1u);
        EXPECT_NE(answer.port, 0);
        with_candidates += answer.candidates.empty() ? 0 : 1;

        // One codec and its RTX, both as offered.
        ASSERT_NE(media.codec.format, nullptr);
        ASSERT_EQ(answer.payload_types.size(), media.codec.rtx_payload_type ? 2u : 1u);
        const auto* const offered = asked.payload_type(media.codec.payload_type);
        ASSERT_NE(offered, nullptr);
        EXPECT_EQ(match_format(*offered), media.codec.format);
        EXPECT_EQ(match_format(answer.payload_types[0]), media.codec.format);
        for (const auto& feedback : answer.payload_types[0].feedback) {
            EXPECT_THAT(offered->feedback, ::testing::Contains(feedback));
        }
        if (media.codec.rtx_payload_type) {
            EXPECT_EQ(fmtp_value(asked.payload_type(*media.codec.rtx_payload_type)->fmtp, "apt"),
                      std::to_string(media.codec.payload_type));
        }
        for (const auto& line : answer.extensions) {
            const auto same = std::find_if(
                asked.extensions.begin(), asked.extensions.end(),
                [&](const auto& other) { return other.id == line.id && other.uri == line.uri; });
            EXPECT_NE(same, asked.extensions.end()) << line.uri;
            EXPECT_EQ(media.extensions.id(*rtp::from_uri(line.uri)), line.id);
        }
    }
    EXPECT_EQ(result.remote.has_value(), !accepted.empty());
    EXPECT_EQ(with_candidates, accepted.empty() ? 0u : 1u);
    ASSERT_EQ(result.answer.groups.size(), accepted.empty() ? 0u : 1u);
    if (!accepted.empty()) {
        EXPECT_EQ(result.answer.groups[0].mids, accepted);
    }
}

TEST(PublisherAnswer, FitsEveryOfferOfRealBrowsers) {
    PARLEY_NEED_FIXTURES();
    const auto offers = test::fixtures(".offer.sdp");
    EXPECT_GE(offers.size(), 50u);
    for (const auto& file : offers) {
        const auto offer = parsed(file.text);
        for (const auto& order :
             {default_video_order(), std::vector{Codec::h264}, std::vector{Codec::av1},
              std::vector{Codec::vp9, Codec::h264}, std::vector{Codec::h265}}) {
            check_answer(file.name, offer, answered(offer, order));
        }
    }
}

TEST(PublisherAnswer, TakesWhatTheRoomPrefers) {
    PARLEY_NEED_FIXTURES();
    for (const std::string browser : {"chromium-156/", "firefox-esr-153/"}) {
        // Whatever the browser prefers, the room's order decides.
        for (const std::string name :
             {"av-sendrecv-prefer-VP8", "av-sendrecv-prefer-VP9", "av-sendrecv-prefer-AV1"}) {
            const auto offer = fixture(browser + name + ".offer.sdp");
            for (const auto codec : {Codec::vp8, Codec::vp9, Codec::av1}) {
                const auto result = answered(offer, {Codec::h265, codec, Codec::h264});
                ASSERT_EQ(result.media.size(), 2u);
                EXPECT_EQ(result.media[0].codec.format->codec, Codec::opus);
                EXPECT_EQ(result.media[1].codec.format->codec, codec) << browser << name;
                EXPECT_TRUE(result.media[1].codec.rtx_payload_type);
                EXPECT_EQ(result.media[1].codec.feedback, (Feedback{true, true, true, true, true}));
            }
        }
    }
}

TEST(PublisherAnswer, PrefersConstrainedBaselineInPacketizationMode1) {
    PARLEY_NEED_FIXTURES();
    const auto result =
        answered(fixture("chromium-156/av-sendrecv-prefer-H264.offer.sdp"), {Codec::h264});
    const auto& codec = result.media.at(1).codec;
    EXPECT_EQ(codec.payload_type, 108);
    EXPECT_EQ(codec.rtx_payload_type, 109);
    EXPECT_EQ(codec.fmtp, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
    EXPECT_EQ(result.answer.media[1].payload_types[0].fmtp, codec.fmtp);
}

TEST(PublisherAnswer, FirefoxWithoutH264IsRejectedInAnH264Room) {
    PARLEY_NEED_FIXTURES();
    const auto result = answered(fixture("firefox-esr-153/av-sendonly.offer.sdp"), {Codec::h264});
    EXPECT_EQ(result.media.at(0).state, MediaState::active);
    EXPECT_EQ(result.media.at(1).state, MediaState::rejected);
    EXPECT_THAT(result.media.at(1).reason, HasSubstr("codec"));
    EXPECT_EQ(result.answer.groups.at(0).mids, (std::vector<std::string>{"0"}));
}

TEST(PublisherAnswer, ReceivesSimulcastByRid) {
    PARLEY_NEED_FIXTURES();
    std::size_t seen = 0;
    for (const auto& file : test::fixtures(".offer.sdp")) {
        if (file.name.find("simulcast") == std::string::npos) continue;
        SCOPED_TRACE(file.name);
        ++seen;
        const auto offer = parsed(file.text);
        const auto result = answered(offer);
        const auto& video = result.media.back();
        EXPECT_EQ(video.rids, (std::vector<std::string>{"q", "h", "f"}));
        EXPECT_TRUE(video.extensions.has(rtp::Extension::mid));
        EXPECT_TRUE(video.extensions.has(rtp::Extension::rid));
        EXPECT_TRUE(video.extensions.has(rtp::Extension::repaired_rid));
        const auto text = to_string(result.answer);
        EXPECT_THAT(text, HasSubstr("a=simulcast:recv q;h;f\r\n"));
        EXPECT_THAT(text, HasSubstr("a=rid:q recv\r\n"));
        // Firefox announces SSRCs too, in pairs.
        if (file.name[0] == 'f') {
            ASSERT_EQ(video.sources.size(), 3u);
            for (const auto& source : video.sources)
                EXPECT_TRUE(source.rtx_ssrc);
        }
    }
    EXPECT_GE(seen, 8u);
}

TEST(PublisherAnswer, KnowsAnnouncedSourcesAndNames) {
    PARLEY_NEED_FIXTURES();
    const auto result = answered(fixture("chromium-156/max-compat-sendrecv.offer.sdp"));
    const auto& video = result.media.at(1);
    EXPECT_EQ(video.sources, (std::vector<AnnouncedSource>{{136787768, 3859382490}}));
    EXPECT_EQ(video.msid, (Msid{"1a84776d-e805-406a-9c8f-e44c038b1491",
                                "f5687158-b27a-4abb-8ff6-1621cecae59a"}));
    EXPECT_EQ(video.cname, "jb8L57dXoiYNLaHq");
    EXPECT_EQ(video.extensions.id(rtp::Extension::transport_cc), 3);
    EXPECT_EQ(video.extensions.id(rtp::Extension::video_orientation), 13);
    EXPECT_EQ(result.media[0].extensions.id(rtp::Extension::audio_level), 1);
    ASSERT_TRUE(result.remote);
    EXPECT_EQ(result.remote->ufrag, "HtMK");
    EXPECT_EQ(result.remote->pwd, "cFZKEclt/apcNwfZ/ISNzFTz");
    EXPECT_EQ(result.remote->fingerprints.at(0).digest[0], 0xDA);
    EXPECT_EQ(result.remote->setup, Setup::actpass);
    EXPECT_FALSE(result.remote->dtls_client);
}

TEST(PublisherAnswer, RejectsDataChannels) {
    PARLEY_NEED_FIXTURES();
    for (const std::string browser : {"chromium-156/", "firefox-esr-153/"}) {
        const auto both = answered(fixture(browser + "av-datachannel-sendrecv.offer.sdp"));
        std::size_t rejected = 0;
        for (const auto& media : both.media) {
            if (media.state != MediaState::rejected) continue;
            ++rejected;
            EXPECT_THAT(media.reason, HasSubstr("data channel"));
        }
        EXPECT_EQ(rejected, 1u);
        EXPECT_THAT(to_string(both.answer),
                    HasSubstr("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));

        const auto alone = answered(fixture(browser + "datachannel-only.offer.sdp"));
        EXPECT_FALSE(alone.remote);
        EXPECT_EQ(alone.media.at(0).state, MediaState::rejected);
    }
}

TEST(PublisherAnswer, RenegotiatesWithStoppedAndAddedSections) {
    PARLEY_NEED_FIXTURES();
    for (const std::string browser : {"chromium-156/", "firefox-esr-153/"}) {
        SCOPED_TRACE(browser);
        const auto first = answered(fixture(browser + "reneg-add-video.offer.sdp"));
        const auto offer = fixture(browser + "reneg-stop-video.offer.sdp");
        const auto second = answered(offer, {}, first.media);
        check_answer(browser, offer, second);
        ASSERT_EQ(second.media.size(), 3u);
        EXPECT_EQ(second.media[0].state, MediaState::active);
        EXPECT_EQ(second.media[1].state, MediaState::rejected);
        EXPECT_EQ(second.media[2].state, MediaState::inactive); // recvonly
        EXPECT_EQ(second.answer.groups.at(0).mids, (std::vector<std::string>{"0", "2"}));
        // m-lines are never left out.
        const auto fewer = answer_publisher(fixture(browser + "audio-only-sendrecv.offer.sdp"),
                                            local_transport(), {}, second.media);
        ASSERT_FALSE(fewer);
        EXPECT_THAT(fewer.error().text, HasSubstr("m-lines"));
    }
}

TEST(PublisherAnswer, AMidKeepsItsCodecWhileItIsOffered) {
    const auto both = vp8 + "a=rtpmap:97 VP9/90000\r\n";
    const auto first = answered(parsed(video_offer(both, "96 97")), {Codec::vp9});
    EXPECT_EQ(first.media.at(0).codec.payload_type, 97);
    // The order changed, or the numbers did: VP9 stays.
    const auto second = answered(parsed(video_offer(both, "96 97")), {}, first.media);
    EXPECT_EQ(second.media.at(0).codec.payload_type, 97);
    const auto swapped =
        parsed(video_offer("a=rtpmap:97 VP8/90000\r\na=rtpmap:96 VP9/90000\r\n", "97 96"));
    EXPECT_EQ(answered(swapped, {}, first.media).media.at(0).codec.payload_type, 96);
    // It is gone: a new choice.
    const auto third = answered(parsed(video_offer(vp8)), {}, first.media);
    EXPECT_EQ(third.media.at(0).codec.format->codec, Codec::vp8);
    // Another mid in its place is another section.
    auto other = parsed(video_offer(both, "96 97"));
    other.media[0].mid = "w";
    other.groups[0].mids = {"w"};
    EXPECT_EQ(answered(other, {}, first.media).media.at(0).codec.format->codec, Codec::vp8);
}

TEST(PublisherAnswer, TakesSimulcastBySourceGroups) {
    const auto result =
        answered(parsed(video_offer(vp8 + "a=ssrc-group:SIM 30 10 20\r\n"
                                          "a=ssrc-group:FID 10 11\r\n"
                                          "a=ssrc-group:FID 20 21\r\n"
                                          "a=ssrc:10 cname:c\r\na=ssrc:10 msid:s t\r\n"
                                          "a=ssrc:11 cname:c\r\na=ssrc:20 cname:c\r\n"
                                          "a=ssrc:21 cname:c\r\na=ssrc:30 cname:c\r\n")));
    const auto& video = result.media.at(0);
    EXPECT_TRUE(video.rids.empty());
    EXPECT_EQ(video.sources,
              (std::vector<AnnouncedSource>{{30, std::nullopt}, {10, 11}, {20, 21}}));
    EXPECT_EQ(video.msid, (Msid{"s", "t"}));
    EXPECT_EQ(video.cname, "c");
}

TEST(PublisherAnswer, TakesOneOfAlternativesAndSoManyLayers) {
    const std::string extensions = "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                                   "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n";
    const std::string rids = "a=rid:a send\r\na=rid:b send\r\na=rid:c send\r\na=rid:d send\r\n"
                             "a=rid:e send\r\na=rid:r recv\r\n";
    const auto offer = parsed(
        video_offer(vp8 + extensions + rids + "a=simulcast:send unknown,a;~b,c;r;a;c;d;e\r\n"));
    const auto result = answered(offer);
    EXPECT_EQ(result.media.at(0).rids, (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_THAT(to_string(result.answer), HasSubstr("a=simulcast:recv a;b;c;d\r\n"));
    // Without the extension nobody could tell the layers apart.
    const auto blind = answered(parsed(video_offer(vp8 + rids + "a=simulcast:send a;b\r\n")));
    EXPECT_TRUE(blind.media.at(0).rids.empty());
    EXPECT_TRUE(blind.answer.media.at(0).simulcast.empty());
}

TEST(PublisherAnswer, PassesStereoAndAnswersOpusInFull) {
    for (const std::string fmtp : {"stereo=1", "sprop-stereo=1;sprop-maxcapturerate=48000"}) {
        auto text = video_offer("a=rtpmap:97 OPUS/48000/2\r\na=fmtp:97 " + fmtp + "\r\n", "97");
        text.replace(text.find("m=video"), 7, "m=audio");
        const auto result = answered(parsed(text));
        EXPECT_EQ(result.media.at(0).codec.fmtp, "minptime=10;useinbandfec=1;stereo=1");
        EXPECT_THAT(to_string(result.answer), HasSubstr("a=rtpmap:97 OPUS/48000/2\r\n"));
    }
}

TEST(PublisherAnswer, AnswersTheProfileThatWasOffered) {
    struct Case {
        std::string rtpmap;
        std::string offered;
        std::string answer;
    };
    const Case cases[] = {
        {"H264/90000", "profile-level-id=42e01f;packetization-mode=1",
         "packetization-mode=1;profile-level-id=42e01f"},
        {"H264/90000", "profile-level-id=640028;level-asymmetry-allowed=1;packetization-mode=1",
         "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640028"},
        {"VP9/90000", "profile-id=2", "profile-id=2"},
        {"VP9/90000", "max-fs=12288;max-fr=60", ""},
        {"VP8/90000", "max-fs=12288;max-fr=60", ""},
        {"AV1/90000", "level-idx=5;profile=0;tier=0", "level-idx=5;profile=0;tier=0"},
        {"H265/90000", "level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST",
         "level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST"},
    };
    for (const auto& [rtpmap, offered, answer] : cases) {
        const auto result = answered(
            parsed(video_offer("a=rtpmap:96 " + rtpmap + "\r\na=fmtp:96 " + offered + "\r\n")));
        EXPECT_EQ(result.media.at(0).codec.fmtp, answer) << rtpmap << " " << offered;
        EXPECT_EQ(result.answer.media.at(0).payload_types.at(0).fmtp, answer);
    }
}

TEST(PublisherAnswer, TakesExtensionsThatReachUs) {
    const auto result = answered(parsed(video_offer(
        vp8 + "a=extmap-allow-mixed\r\n"
              "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
              "a=extmap:20/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
              "a=extmap:5/recvonly urn:3gpp:video-orientation\r\n"
              "a=extmap:6/inactive http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
              "a=extmap:7 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
              "a=extmap:8 urn:example:unknown\r\n"
              "a=extmap:4096 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n")));
    const auto& media = result.media.at(0);
    EXPECT_EQ(media.extensions.id(rtp::Extension::mid), 3);
    EXPECT_EQ(media.extensions.id(rtp::Extension::rid), 20);
    EXPECT_TRUE(media.extensions.mixed());
    EXPECT_FALSE(media.extensions.has(rtp::Extension::video_orientation));
    EXPECT_FALSE(media.extensions.has(rtp::Extension::playout_delay));
    EXPECT_FALSE(media.extensions.has(rtp::Extension::audio_level));
    EXPECT_FALSE(media.extensions.has(rtp::Extension::abs_send_time));
    const auto& lines = result.answer.media.at(0).extensions;
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[1].direction, Direction::recvonly); // the other way round for us
}

TEST(PublisherAnswer, TransportFeedbackNeedsItsNumbers) {
    const auto fb = vp8 + "a=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\n";
    EXPECT_FALSE(answered(parsed(video_offer(fb))).media.at(0).codec.feedback.transport_cc);
    const auto with = answered(parsed(video_offer(
        fb + "a=extmap:1 "
             "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n")));
    EXPECT_TRUE(with.media.at(0).codec.feedback.transport_cc);
    EXPECT_TRUE(with.media.at(0).codec.feedback.nack);
    EXPECT_FALSE(with.media.at(0).codec.feedback.nack_pli);
}

TEST(PublisherAnswer, TakesTheRoleThatIsLeft) {
    auto offer = parsed(video_offer(vp8));
    offer.media[0].setup = Setup::active;
    auto result = answered(offer);
    EXPECT_EQ(result.answer.media[0].setup, Setup::passive);
    EXPECT_FALSE(result.remote->dtls_client);
    offer.media[0].setup = Setup::passive;
    result = answered(offer);
    EXPECT_EQ(result.answer.media[0].setup, Setup::active);
    EXPECT_TRUE(result.remote->dtls_client);
    // Later offers leave it open again: the role stays, or DTLS would start anew.
    offer.media[0].setup = Setup::actpass;
    auto local = local_transport();
    local.dtls_client = true;
    const auto kept = answer_publisher(offer, local);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->answer.media[0].setup, Setup::active);
}

TEST(PublisherAnswer, WritesOurSideOnce) {
    const auto result = answered(parsed(video_offer(vp8)));
    const auto text = to_string(result.answer);
    EXPECT_THAT(text, HasSubstr("o=- 4711 3 IN IP4 127.0.0.1\r\n"));
    EXPECT_THAT(text, HasSubstr("a=ice-lite\r\n"));
    EXPECT_THAT(text, HasSubstr("m=video 10000 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 192.0.2.1\r\n"));
    EXPECT_THAT(text, HasSubstr("a=candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host\r\n"));
    EXPECT_THAT(text, HasSubstr(" 2001:db8::1 10000 typ host\r\n"));
    EXPECT_THAT(text, HasSubstr(" 192.0.2.1 10000 typ host tcptype passive\r\n"));
    EXPECT_THAT(text, HasSubstr("a=end-of-candidates\r\n"));
    EXPECT_THAT(text, HasSubstr("a=fingerprint:sha-256 AB:AB:"));
}

TEST(PublisherAnswer, OneSectionNeedsNoBundleGroup) {
    const auto alone = without(video_offer(vp8), "a=group");
    const auto result = answered(parsed(alone));
    EXPECT_EQ(result.media.at(0).state, MediaState::active);
    EXPECT_TRUE(result.answer.groups.empty());
    // Nor a mid.
    const auto bare = answered(parsed(without(alone, "a=mid")));
    EXPECT_EQ(bare.media.at(0).state, MediaState::active);

    // A second one would need a second transport.
    auto two = parsed(alone);
    two.media.push_back(two.media[0]);
    two.media[1].mid = "w";
    const auto first_only = answered(two);
    EXPECT_EQ(first_only.media.at(0).state, MediaState::active);
    EXPECT_EQ(first_only.media.at(1).state, MediaState::rejected);
    EXPECT_THAT(first_only.media.at(1).reason, HasSubstr("BUNDLE"));
}

TEST(PublisherAnswer, RejectsWhatIsOutsideTheGroup) {
    auto two = parsed(video_offer(vp8));
    two.media.push_back(two.media[0]);
    two.media[1].mid = "w";
    const auto result = answered(two);
    EXPECT_EQ(result.media.at(0).state, MediaState::active);
    EXPECT_EQ(result.media.at(1).state, MediaState::rejected);
    EXPECT_EQ(result.answer.groups.at(0).mids, (std::vector<std::string>{"v"}));
}

TEST(PublisherAnswer, RejectsKindsAndProtocolsThatItDoesNotKnow) {
    auto offer = parsed(video_offer(vp8));
    offer.media.push_back(offer.media[0]);
    offer.media[1].mid = "t";
    offer.media[1].kind = SectionKind::other;
    offer.media[1].other_kind = "text";
    offer.media.push_back(offer.media[0]);
    offer.media[2].mid = "p";
    offer.media[2].protocol = "RTP/AVP";
    offer.groups[0].mids = {"t", "p", "v"};
    const auto result = answered(offer);
    EXPECT_EQ(result.media.at(0).state, MediaState::active);
    EXPECT_THAT(result.media.at(1).reason, HasSubstr("text"));
    EXPECT_THAT(result.media.at(2).reason, HasSubstr("RTP/AVP"));
    EXPECT_THAT(to_string(result.answer), HasSubstr("m=text 0 "));
    // The first one left carries the transport.
    EXPECT_FALSE(result.answer.media[0].candidates.empty());
}

TEST(PublisherAnswer, BundleOnlySectionsShareTheTransportOfTheFirst) {
    auto offer = parsed(video_offer(vp8));
    offer.media.push_back(offer.media[0]);
    auto& second = offer.media[1];
    second.mid = "w";
    second.port = 0;
    second.bundle_only = true;
    second.ice_ufrag.clear();
    second.ice_pwd.clear();
    offer.groups[0].mids = {"v", "w"};
    EXPECT_EQ(answered(offer).media.at(1).state, MediaState::active);
    // Even when the first is refused, its transport is the one.
    offer.media[0].payload_types[0].codec = "unknown";
    const auto result = answered(offer);
    EXPECT_EQ(result.media.at(0).state, MediaState::rejected);
    ASSERT_TRUE(result.remote);
    EXPECT_EQ(result.remote->ufrag, "abcd");
}

TEST(PublisherAnswer, SaysWhatIsWrongWithAnOffer) {
    const auto offer = video_offer(vp8);
    EXPECT_THAT(refused(parsed(without(offer, "a=ice-ufrag"))), HasSubstr("ICE credentials"));
    EXPECT_THAT(refused(parsed(without(offer, "a=ice-pwd"))), HasSubstr("ICE credentials"));
    EXPECT_THAT(refused(parsed(without(offer, "a=fingerprint"))), HasSubstr("a=fingerprint"));
    EXPECT_THAT(refused(parsed(without(offer, "a=rtcp-mux"))), HasSubstr("a=rtcp-mux"));
    EXPECT_THAT(refused(parsed(without(offer, "a=setup"))), HasSubstr("a=setup"));
    EXPECT_THAT(refused(parsed(offer + "a=setup:holdconn\r\n")), HasSubstr("holdconn"));

    auto weak = parsed(offer);
    weak.media[0].fingerprints = {{"sha-1", std::vector<std::uint8_t>(20, 1)}};
    EXPECT_THAT(refused(weak), HasSubstr("SHA-256"));

    auto lite = parsed(offer);
    lite.ice_lite = true;
    EXPECT_THAT(refused(lite), HasSubstr("ICE-lite"));

    auto large = parsed(offer);
    large.media.resize(65, large.media[0]);
    EXPECT_THAT(refused(large), HasSubstr("m-lines"));
    EXPECT_THAT(refused(SessionDescription{}), HasSubstr("no m-lines"));

    auto half = parsed(offer);
    half.media.push_back(half.media[0]);
    half.media[1].mid = "w";
    half.media[1].rtcp_mux = false;
    half.groups[0].mids = {"v", "w"};
    EXPECT_THAT(refused(half), HasSubstr("m-line w has no a=rtcp-mux"));
}

} // namespace
} // namespace parley::sdp
