// Packets of silence, judged by decoders of others.
#include "core/media/opus.hpp"
#include "core/media/silence.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/mapped_buffer.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace parley::test {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr auto packet_time = 20 * GST_MSECOND;

/// The bytes of everything that comes out of an appsink called `out`.
std::vector<Octets> run(Pipeline& pipeline) {
    pipeline.set(GST_STATE_PLAYING);
    const auto end = pipeline.wait_for(
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING), 20);
    EXPECT_TRUE(end && GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS);
    const auto out = pipeline.child("out");
    std::vector<Octets> all;
    while (const auto sample =
               adopt_ptr(gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 0))) {
        const MappedBuffer map{gst_sample_get_buffer(sample.get())};
        all.emplace_back(map.bytes().begin(), map.bytes().end());
    }
    return all;
}

/// Samples of 16 bits, channels interleaved.
std::vector<std::int16_t> decoded(const std::string& caps, const std::string& decoder,
                                  const std::vector<Octets>& packets) {
    Pipeline pipeline{"appsrc name=in format=time caps=\"" + caps + "\" ! " + decoder +
                      " ! audioconvert dithering=none ! audio/x-raw,format=S16LE,"
                      "layout=interleaved ! appsink name=out sync=false wait-on-eos=false"};
    const auto in = pipeline.child("in");
    GstClockTime time = 0;
    for (const auto& packet : packets) {
        auto* buffer = gst_buffer_new_memdup(packet.data(), packet.size());
        GST_BUFFER_PTS(buffer) = time;
        GST_BUFFER_DURATION(buffer) = packet_time;
        time += packet_time;
        gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
    std::vector<std::int16_t> samples;
    for (const auto& buffer : run(pipeline)) {
        for (std::size_t at = 0; at + 1 < buffer.size(); at += 2)
            samples.push_back(static_cast<std::int16_t>(buffer[at] | buffer[at + 1] << 8));
    }
    return samples;
}

int loudest(const std::vector<std::int16_t>& samples, std::size_t from, std::size_t to) {
    int peak = 0;
    for (auto i = from; i < std::min(to, samples.size()); ++i)
        peak = std::max(peak, std::abs(int{samples[i]}));
    return peak;
}

Octets silence(Codec codec, unsigned channels) {
    media::StreamFormat format;
    format.codec = codec;
    format.channels = static_cast<std::uint8_t>(channels);
    const media::Silence made{format};
    EXPECT_EQ(made.duration(), 20ms);
    return {made.packet().begin(), made.packet().end()};
}

struct OpusCase {
    const char* name;
    unsigned channels;
    const char* decoder;
};

class OpusSilence : public testing::TestWithParam<OpusCase> {};

TEST_P(OpusSilence, IsSilentAloneAndAmidAStream) {
    const auto [name, channels, decoder] = GetParam();
    const auto quiet = silence(Codec::opus, channels);
    const auto packet = media::OpusPacket::parse(quiet);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->duration, 960U);
    EXPECT_EQ(packet->stereo, channels == 2);

    const auto caps =
        "audio/x-opus, channel-mapping-family=0, rate=48000, channels=" + std::to_string(channels);
    const std::size_t packet_samples = std::size_t{960} * channels;
    const auto alone = decoded(caps, decoder, std::vector<Octets>(10, quiet));
    EXPECT_EQ(alone.size(), 10 * packet_samples);
    EXPECT_EQ(loudest(alone, 0, alone.size()), 0);

    Pipeline encoder{"audiotestsrc num-buffers=20 samplesperbuffer=960 ! audio/x-raw,rate=48000,"
                     "channels=" +
                     std::to_string(channels) +
                     " ! opusenc ! appsink name=out sync=false wait-on-eos=false"};
    const auto tone = run(encoder);
    ASSERT_GE(tone.size(), 20U);
    std::vector<Octets> packets{tone.begin(), tone.begin() + 10};
    packets.insert(packets.end(), 10, quiet);
    packets.insert(packets.end(), tone.begin() + 10, tone.begin() + 20);
    const auto amid = decoded(caps, decoder, packets);
    ASSERT_EQ(amid.size(), 30 * packet_samples);
    EXPECT_GT(loudest(amid, 8 * packet_samples, 10 * packet_samples), 10000);
    // The tone fades out within the first packet.
    EXPECT_LE(loudest(amid, 11 * packet_samples, 20 * packet_samples), 1);
    EXPECT_GT(loudest(amid, 22 * packet_samples, 30 * packet_samples), 10000);
}

INSTANTIATE_TEST_SUITE_P(Decoders, OpusSilence,
                         testing::Values(OpusCase{"mono_libopus", 1, "opusdec plc=false"},
                                         OpusCase{"stereo_libopus", 2, "opusdec plc=false"},
                                         OpusCase{"mono_ffmpeg", 1, "avdec_opus"},
                                         OpusCase{"stereo_ffmpeg", 2, "avdec_opus"}),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(G711Silence, IsTheLevelNearestToZero) {
    const std::vector<Octets> mu_law(5, silence(Codec::pcmu, 1));
    const auto mu = decoded("audio/x-mulaw, rate=8000, channels=1", "mulawdec", mu_law);
    EXPECT_EQ(mu.size(), 5U * 160);
    EXPECT_EQ(loudest(mu, 0, mu.size()), 0);
    const std::vector<Octets> a_law(5, silence(Codec::pcma, 1));
    const auto a = decoded("audio/x-alaw, rate=8000, channels=1", "alawdec", a_law);
    EXPECT_EQ(a.size(), 5U * 160);
    EXPECT_LE(loudest(a, 0, a.size()), 8) << "A-law has no zero";
}

} // namespace
} // namespace parley::test

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
