#include "core/sdp/session_description.hpp"
#include "tests/core/sdp/fixtures.hpp"

namespace parley::sdp {
namespace {

using test::parsed;

const std::string head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string video_line = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n";

TEST(Fixtures, AllParse) {
    PARLEY_NEED_FIXTURES();
    const auto all = test::fixtures(".sdp");
    EXPECT_GE(all.size(), 100u);
    for (const auto& file : all) {
        const auto description = parse(file.text);
        ASSERT_TRUE(description) << file.name << ": " << description.error().text;
        EXPECT_FALSE(description->media.empty()) << file.name;
        ASSERT_NE(description->bundle(), nullptr) << file.name;
        for (const auto& media : description->media) {
            EXPECT_FALSE(media.mid.empty()) << file.name;
            EXPECT_TRUE(media.rejected() || media.ice_ufrag.size() >= 4) << file.name;
            // Firefox writes its fingerprint once, for the session: it is in each section.
            EXPECT_TRUE(media.rejected() || !media.fingerprints.empty()) << file.name;
        }
    }
}

TEST(Fixtures, SurviveBeingWritten) {
    PARLEY_NEED_FIXTURES();
    for (const auto& file : test::fixtures(".sdp")) {
        const auto first = parsed(file.text);
        const auto second = parse(to_string(first));
        ASSERT_TRUE(second) << file.name << ": " << second.error().text;
        EXPECT_EQ(first, *second) << file.name;
    }
}

TEST(Fixtures, ChromiumSimulcastOfferInDetail) {
    PARLEY_NEED_FIXTURES();
    const auto offer = test::fixture("chromium-156/video-simulcast-q-h-f.offer.sdp");
    EXPECT_EQ(offer.origin.session_id, "4219381803832127863");
    EXPECT_EQ(offer.origin.version, "2");
    EXPECT_EQ(offer.bundle()->mids, (std::vector<std::string>{"0", "1"}));
    ASSERT_EQ(offer.media.size(), 2u);

    const auto& audio = offer.media[0];
    EXPECT_EQ(audio.kind, SectionKind::audio);
    EXPECT_EQ(audio.port, 49709);
    EXPECT_EQ(audio.direction, Direction::sendonly);
    EXPECT_TRUE(audio.extmap_allow_mixed);
    EXPECT_EQ(audio.candidates.size(), 4u);
    EXPECT_EQ(audio.ice_ufrag, "GFqb");
    EXPECT_EQ(audio.ice_options, (std::vector<std::string>{"trickle"}));
    ASSERT_EQ(audio.fingerprints.size(), 1u);
    EXPECT_EQ(audio.fingerprints[0].algorithm, "sha-256");
    EXPECT_EQ(audio.fingerprints[0].digest.size(), 32u);
    EXPECT_EQ(audio.fingerprints[0].digest[0], 0xD7);
    EXPECT_EQ(audio.fingerprints[0].digest[31], 0xEB);
    EXPECT_EQ(audio.setup, Setup::actpass);
    const auto* const opus = audio.payload_type(111);
    ASSERT_NE(opus, nullptr);
    EXPECT_EQ(opus->codec, "opus");
    EXPECT_EQ(opus->clock_rate, 48000u);
    EXPECT_EQ(opus->channels, 2);
    EXPECT_EQ(opus->fmtp, "minptime=10;useinbandfec=1");
    ASSERT_EQ(audio.sources.size(), 1u);
    EXPECT_EQ(audio.sources[0].ssrc, 774902540u);
    EXPECT_EQ(audio.sources[0].cname, "cr9+2Gvi3p2Ngt0z");
    ASSERT_TRUE(audio.sources[0].msid);
    EXPECT_EQ(audio.sources[0].msid->track, "e4c1412c-1a34-43b1-b453-a144956234ed");

    const auto& video = offer.media[1];
    EXPECT_EQ(video.payload_types.size(), 23u);
    const auto* const vp8 = video.payload_type(96);
    ASSERT_NE(vp8, nullptr);
    ASSERT_EQ(vp8->feedback.size(), 5u);
    EXPECT_EQ(vp8->feedback[4].type, "nack");
    EXPECT_EQ(vp8->feedback[4].parameter, "pli");
    ASSERT_EQ(video.rids.size(), 3u);
    EXPECT_EQ(video.rids[2].id, "f");
    ASSERT_EQ(video.simulcast.send.size(), 3u);
    EXPECT_EQ(video.simulcast.send[1][0].id, "h");
    EXPECT_TRUE(video.simulcast.receive.empty());
    EXPECT_EQ(video.extensions.size(), 13u);
    EXPECT_EQ(video.msids.at(0).stream, "1a84776d-e805-406a-9c8f-e44c038b1491");
}

TEST(Fixtures, FirefoxSaysOnceForTheSessionWhatHoldsForEachSection) {
    PARLEY_NEED_FIXTURES();
    const auto offer = test::fixture("firefox-esr-153/reneg-stop-video.offer.sdp");
    ASSERT_EQ(offer.media.size(), 3u);
    EXPECT_FALSE(offer.media[0].rejected());
    EXPECT_TRUE(offer.media[0].end_of_candidates);
    EXPECT_TRUE(offer.media[1].rejected());
    EXPECT_EQ(offer.media[2].direction, Direction::recvonly);
    for (const auto& media : offer.media) {
        ASSERT_EQ(media.fingerprints.size(), 1u);
        EXPECT_EQ(media.ice_options, (std::vector<std::string>{"trickle"}));
    }
    EXPECT_EQ(offer.media[0].extensions[1].direction, Direction::recvonly);
}

TEST(Fixtures, WebrtcbinBundleOnlySectionsAreNotRejected) {
    PARLEY_NEED_FIXTURES();
    const auto offer =
        test::fixture("chromium-156-with-webrtcbin-1.22/gst-offer-vp8-sendrecv.offer.sdp");
    ASSERT_EQ(offer.media.size(), 2u);
    EXPECT_EQ(offer.media[1].port, 0);
    EXPECT_FALSE(offer.media[1].rejected());
    EXPECT_TRUE(offer.media[0].rtcp_mux);
    EXPECT_EQ(offer.media[0].candidates.size(), 3u);
    EXPECT_EQ(offer.media[0].payload_types[0].codec, "OPUS");
}

TEST(Parse, InheritsDirectionAndCredentialsFromTheSession) {
    const auto d = parsed(head +
                          "a=recvonly\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
                          "a=setup:active\r\na=extmap-allow-mixed\r\n"
                          "a=extmap:3 urn:example\r\na=ice-lite\r\n" +
                          video_line + video_line + "a=sendonly\r\na=setup:passive\r\n" +
                          "a=ice-ufrag:efgh\r\na=ice-pwd:ABCDEFGHIJKLMNOPQRSTUV\r\n");
    ASSERT_EQ(d.media.size(), 2u);
    EXPECT_TRUE(d.ice_lite);
    EXPECT_EQ(d.media[0].direction, Direction::recvonly);
    EXPECT_EQ(d.media[0].ice_ufrag, "abcd");
    EXPECT_EQ(d.media[0].setup, Setup::active);
    EXPECT_TRUE(d.media[0].extmap_allow_mixed);
    EXPECT_EQ(d.media[0].extensions.size(), 1u);
    EXPECT_EQ(d.media[1].direction, Direction::sendonly);
    EXPECT_EQ(d.media[1].ice_ufrag, "efgh");
    EXPECT_EQ(d.media[1].ice_pwd, "ABCDEFGHIJKLMNOPQRSTUV");
    EXPECT_EQ(d.media[1].setup, Setup::passive);
}

TEST(Parse, SpreadsFeedbackForAllPayloadTypes) {
    const auto d = parsed(head + video_line +
                          "a=rtcp-fb:* nack\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
                          "a=rtcp-fb:96 ccm fir\r\n");
    EXPECT_EQ(d.media[0].payload_type(96)->feedback.size(), 2u);
    EXPECT_EQ(d.media[0].payload_type(97)->feedback.size(), 1u);
}

TEST(Parse, KnowsStaticPayloadTypes) {
    const auto d = parsed(head + "m=audio 9 UDP/TLS/RTP/SAVPF 0 8 9 77\r\n");
    EXPECT_EQ(d.media[0].payload_type(0)->codec, "PCMU");
    EXPECT_EQ(d.media[0].payload_type(8)->codec, "PCMA");
    EXPECT_EQ(d.media[0].payload_type(9)->clock_rate, 8000u);
    EXPECT_EQ(d.media[0].payload_type(77)->codec, "");
}

TEST(Parse, ReadsSimulcastWithAlternativesAndPauses) {
    const auto d = parsed(head + video_line +
                          "a=rid:1 send pt=96;max-width=1280\r\na=rid:2 send\r\na=rid:3 recv\r\n"
                          "a=simulcast:send 1,~2;~3 recv 4\r\n");
    const auto& simulcast = d.media[0].simulcast;
    ASSERT_EQ(simulcast.send.size(), 2u);
    EXPECT_EQ(simulcast.send[0], (SimulcastStream{{"1", false}, {"2", true}}));
    EXPECT_EQ(simulcast.send[1], (SimulcastStream{{"3", true}}));
    EXPECT_EQ(simulcast.receive, (std::vector<SimulcastStream>{{{"4", false}}}));
    EXPECT_EQ(d.media[0].rids[0].restrictions, "pt=96;max-width=1280");
    EXPECT_EQ(d.media[0].rids[2].direction, RidDirection::receive);
    EXPECT_EQ(parsed(to_string(d)), d);
}

TEST(Parse, ReadsSourceGroups) {
    const auto d = parsed(head + video_line +
                          "a=ssrc-group:SIM 1 2 3\r\na=ssrc-group:FID 1 4\r\n"
                          "a=ssrc:1 cname:c\r\na=ssrc:1 msid:stream track\r\na=ssrc:1 label:x\r\n"
                          "a=ssrc:2\r\n");
    ASSERT_EQ(d.media[0].source_groups.size(), 2u);
    EXPECT_EQ(d.media[0].source_groups[0].ssrcs, (std::vector<std::uint32_t>{1, 2, 3}));
    ASSERT_EQ(d.media[0].sources.size(), 2u);
    EXPECT_EQ(d.media[0].sources[0].msid, (Msid{"stream", "track"}));
    EXPECT_FALSE(d.media[0].sources[1].msid);
}

TEST(Parse, IgnoresWhatItDoesNotKnow) {
    const auto d =
        parsed(head + "b=AS:100\r\na=identity:abc\r\n" + video_line +
               "a=x-google-flag:conference\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=rtpmap:5 unlisted/1\r\n"
               "a=fingerprint:md5 00:11\r\na=candidate:1 1 sctp 1 192.0.2.1 1 typ host\r\n");
    EXPECT_EQ(d.media.size(), 1u);
    EXPECT_TRUE(d.media[0].fingerprints.empty());
    EXPECT_TRUE(d.media[0].candidates.empty());
}

TEST(Parse, TakesLineFeedsAloneAndBlankLinesAtTheEnd) {
    const auto d = parsed("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\n"
                          "a=fingerprint:sha-1 "
                          "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13\n"
                          "m=audio 9 UDP/TLS/RTP/SAVPF 0\n\n\n");
    ASSERT_EQ(d.media.size(), 1u);
    EXPECT_EQ(d.media[0].fingerprints.size(), 1u); // inherited although blank lines end it
}

TEST(Parse, AListedTwicePayloadTypeCountsOnce) {
    const auto d = parsed(head + "m=video 9 UDP/TLS/RTP/SAVPF 96 97 97\r\n"
                                 "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
                                 "a=rtpmap:97 other/90000\r\n");
    ASSERT_EQ(d.media[0].payload_types.size(), 2u);
    EXPECT_EQ(d.media[0].payload_types[1].codec, "rtx");
}

TEST(Parse, NamesTheBadLine) {
    struct Case {
        std::string line;
        std::string words;
    };
    const Case cases[] = {
        {"nonsense", "a letter"},
        {"=", "a letter"},
        {"M=audio 9 RTP/AVP 0", "no such line"},
        {"a=mid:x\ry", "control character"},
        {std::string{"a=mid:x\0y", 9}, "control character"},
        {"m=audio", "m= needs"},
        {"m=audio 9 UDP/TLS/RTP/SAVPF", "m= needs"},
        {"m=audio 65536 UDP/TLS/RTP/SAVPF 0", "m= needs"},
        {"m=au/dio 9 UDP/TLS/RTP/SAVPF 0", "m= needs"},
        {"m=audio 9 UDP/TLS/RTP/SAVPF opus", "payload type"},
        {"m=audio 9 UDP/TLS/RTP/SAVPF 128", "payload type"},
        {"c=IN", "c= needs"},
        {"c=IN IP4 0.0.0.0\"", "c= needs"},
        {"a=mid:", "mid"},
        {"a=mid:a b", "mid"},
        {"a=ice-ufrag:abc", "ufrag"},
        {"a=ice-ufrag:abc\"", "ufrag"},
        {"a=ice-pwd:tooshort", "password"},
        {"a=fingerprint:sha-256 00", "length"},
        {"a=fingerprint:sha-256 0g:11", "hex"},
        {"a=fingerprint:sha-256 001:1", "hex"},
        {"a=setup:sometimes", "setup"},
        {"a=extmap:0 urn:x", "id"},
        {"a=extmap:x urn:x", "id"},
        {"a=extmap:70000 urn:x", "id"},
        {"a=extmap:1/both urn:x", "direction"},
        {"a=extmap:1", "URI"},
        {"a=rtpmap:96", "rtpmap"},
        {"a=rtpmap:96 VP8", "rtpmap"},
        {"a=rtpmap:96 VP8/0", "rtpmap"},
        {"a=rtpmap:300 VP8/90000", "rtpmap"},
        {"a=rtpmap:96 VP8/90000/0", "rtpmap"},
        {"a=fmtp:96", "fmtp"},
        {"a=fmtp:x y=1", "fmtp"},
        {"a=rtcp-fb:96", "rtcp-fb"},
        {"a=rtcp-fb:x nack", "rtcp-fb"},
        {"a=ssrc:-1 cname:x", "ssrc"},
        {"a=ssrc:4294967296 cname:x", "ssrc"},
        {"a=ssrc-group:", "semantics"},
        {"a=ssrc-group:FID 1 x", "ssrc-group"},
        {"a=msid:", "msid"},
        {"a=rid:q", "direction"},
        {"a=rid:q sideways", "direction"},
        {"a=rid:q! send", "rid"},
        {"a=simulcast:", "simulcast"},
        {"a=simulcast:q;h", "simulcast"},
        {"a=simulcast:send", "simulcast"},
        {"a=simulcast:send q send h", "simulcast"},
        {"a=simulcast:send q;;h", "rid"},
        {"a=simulcast:send q,~", "rids"},
        {"a=sctp-port:x", "sctp-port"},
    };
    for (const auto& [line, words] : cases) {
        const auto result = parse(head + video_line + line + "\r\n");
        ASSERT_FALSE(result) << line;
        EXPECT_EQ(result.error().text.rfind("line 7 \"", 0), 0u) << result.error().text;
        EXPECT_NE(result.error().text.find(words), std::string::npos) << result.error().text;
    }
}

TEST(Parse, RefusesWhatHasNoBeginning) {
    for (const std::string text :
         {"", "\r\n\r\n", "v=1\r\no=- 1 1 IN IP4 0.0.0.0\r\n", "o=- 1 1 IN IP4 0.0.0.0\r\n",
          "v=0\r\ns=-\r\n", "v=0\r\no=- x 1 IN IP4 0.0.0.0\r\n", "v=0\r\no=-\r\n"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
}

TEST(Parse, RefusesAMidTwice) {
    EXPECT_FALSE(parse(head + video_line + "a=mid:0\r\n" + video_line + "a=mid:0\r\n"));
    EXPECT_FALSE(
        parse(head + video_line + "a=mid:0\r\n" + video_line + "a=mid:0\r\n" + video_line));
    EXPECT_FALSE(parse(head + video_line + "a=mid:0\r\na=mid:1\r\n"));
}

TEST(Parse, ErrorsQuoteOnlyWhatIsPrintableAndShort) {
    const auto result = parse(head + "a=setup:\x1b[31m" + std::string(500, '\xff') + "\r\n");
    ASSERT_FALSE(result);
    EXPECT_LT(result.error().text.size(), 200u);
    for (const char c : result.error().text)
        EXPECT_TRUE(c >= ' ' && c <= '~');
}

TEST(Parse, BoundsWhatIsKept) {
    const auto repeated = [](std::string_view line, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) {
            auto numbered = std::string{line};
            if (const auto at = numbered.find('#'); at != std::string::npos) {
                numbered.replace(at, 1, std::to_string(i + 1));
            }
            text += numbered + "\r\n";
        }
        return text;
    };
    EXPECT_FALSE(parse(head + std::string(70000, '\n')));
    EXPECT_TRUE(parse(head + repeated("m=audio 9 UDP/TLS/RTP/SAVPF 0", 128)));
    EXPECT_FALSE(parse(head + repeated("m=audio 9 UDP/TLS/RTP/SAVPF 0", 129)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=extmap:# urn:x", 65)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=ssrc:# cname:x", 65)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=ssrc-group:FID # 1", 65)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=rid:# send", 17)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=msid:# t", 65)));
    EXPECT_FALSE(parse(head + video_line + repeated("a=rtcp-fb:96 x#", 33)));
    EXPECT_FALSE(parse(head + repeated("a=group:BUNDLE #", 9)));
    // Candidates beyond the limit are left out: an ICE-lite end needs none.
    const auto many =
        parse(head + video_line + repeated("a=candidate:# 1 udp 1 192.0.2.1 1 typ host", 100));
    ASSERT_TRUE(many) << many.error().text;
    EXPECT_EQ(many->media[0].candidates.size(), 64u);
    EXPECT_TRUE(parse(head + video_line + video_line, Limits{.media = 2}));
    EXPECT_FALSE(parse(head + video_line + video_line, Limits{.media = 1}));
}

TEST(FmtpValue, FindsNamesInAnyCaseAndSpacing) {
    EXPECT_EQ(fmtp_value("a=1; B = 2 ;c", "b"), "2");
    EXPECT_EQ(fmtp_value("apt=96", "APT"), "96");
    EXPECT_EQ(fmtp_value("a=1;c", "c"), "");
    EXPECT_EQ(fmtp_value("sprop=x==,y==;z=1", "sprop"), "x==,y==");
    EXPECT_FALSE(fmtp_value("a=1", "b"));
    EXPECT_FALSE(fmtp_value("", "b"));
}

} // namespace
} // namespace parley::sdp
