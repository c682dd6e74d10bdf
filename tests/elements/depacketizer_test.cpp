// Streams of real encoders through GStreamer's payloaders and our depacketizers: what comes out is
// what the encoder made, and decodes to the same pictures however many packets are lost.
#include "core/media/depacketizer.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/mapped_buffer.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace parley::test {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets bytes_of(GstBuffer* buffer) {
    const MappedBuffer map{buffer};
    return {map.bytes().begin(), map.bytes().end()};
}

struct Sample {
    Octets bytes;
    GstClockTime pts = 0;
};

std::vector<Sample> samples_of(const Pipeline& pipeline, const char* sink) {
    std::vector<Sample> samples;
    const auto element = pipeline.child(sink);
    while (const auto sample =
               adopt_ptr(gst_app_sink_try_pull_sample(GST_APP_SINK(element.get()), 0))) {
        auto* buffer = gst_sample_get_buffer(sample.get());
        samples.push_back({bytes_of(buffer), GST_BUFFER_PTS(buffer)});
    }
    return samples;
}

void run_to_end(Pipeline& pipeline) {
    pipeline.set(GST_STATE_PLAYING);
    const auto end =
        pipeline.wait_for(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR), 60);
    ASSERT_TRUE(end);
    ASSERT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS) << pipeline.error(0);
}

struct StreamCase {
    const char* name;
    Codec codec;
    std::string encoder; ///< from raw pictures or sound
    std::string parser;  ///< to units as files store them
    std::string reader;  ///< to what a UnitReader takes
    std::string payer;
    std::string decoder_caps;
    std::string decoder;
};

constexpr const char* pictures = "videotestsrc num-buffers=120 pattern=ball motion=wavy ! "
                                 "video/x-raw,width=320,height=240,framerate=30/1,format=I420 ! ";
constexpr const char* sound = "audiotestsrc num-buffers=100 samplesperbuffer=960 wave=ticks ! "
                              "audio/x-raw,rate=48000,channels=2 ! ";

const StreamCase all_streams[] = {
    {"h264", Codec::h264,
     std::string{pictures} + "x264enc tune=zerolatency bitrate=600 key-int-max=15 "
                             "option-string=slices=2 ! video/x-h264,stream-format=byte-stream",
     "h264parse ! video/x-h264,stream-format=avc,alignment=au",
     "h264parse ! video/x-h264,stream-format=byte-stream,alignment=au",
     "h264parse ! rtph264pay mtu=900 timestamp-offset=0",
     "video/x-h264,stream-format=avc,alignment=au", "avdec_h264 max-threads=1"},
    {"h264_aggregated", Codec::h264,
     std::string{pictures} + "x264enc tune=zerolatency bitrate=300 key-int-max=15 aud=true "
                             "option-string=slices=4 ! video/x-h264,profile=high",
     "h264parse ! video/x-h264,stream-format=avc,alignment=au",
     "h264parse ! video/x-h264,stream-format=byte-stream,alignment=au",
     "h264parse ! rtph264pay timestamp-offset=0 aggregate-mode=max-stap config-interval=-1",
     "video/x-h264,stream-format=avc,alignment=au", "avdec_h264 max-threads=1"},
    {"h265", Codec::h265,
     std::string{pictures} + "x265enc tune=zerolatency bitrate=600 key-int-max=15 "
                             "speed-preset=ultrafast log-level=error",
     "h265parse ! video/x-h265,stream-format=hvc1,alignment=au",
     "h265parse ! video/x-h265,stream-format=byte-stream,alignment=au",
     "h265parse ! rtph265pay mtu=900 timestamp-offset=0 config-interval=-1",
     "video/x-h265,stream-format=hvc1,alignment=au", "avdec_h265 max-threads=1"},
    {"h265_10bit", Codec::h265,
     "videotestsrc num-buffers=60 ! video/x-raw,width=320,height=240,framerate=30/1,"
     "format=I420_10LE ! x265enc tune=zerolatency bitrate=600 key-int-max=15 "
     "speed-preset=ultrafast log-level=error",
     "h265parse ! video/x-h265,stream-format=hvc1,alignment=au",
     "h265parse ! video/x-h265,stream-format=byte-stream,alignment=au",
     "h265parse ! rtph265pay mtu=900 timestamp-offset=0 config-interval=-1",
     "video/x-h265,stream-format=hvc1,alignment=au", "avdec_h265 max-threads=1"},
    {"vp8", Codec::vp8,
     std::string{pictures} + "vp8enc deadline=1 cpu-used=8 target-bitrate=600000 "
                             "keyframe-max-dist=15 error-resilient=partitions token-partitions=4",
     "identity", "identity", "rtpvp8pay mtu=900 timestamp-offset=0 picture-id-mode=15-bit",
     "video/x-vp8", "vp8dec"},
    {"vp9", Codec::vp9,
     std::string{pictures} + "vp9enc deadline=1 cpu-used=8 target-bitrate=600000 "
                             "keyframe-max-dist=15 lag-in-frames=0",
     "identity", "identity", "rtpvp9pay mtu=900 timestamp-offset=0 picture-id-mode=15-bit",
     "video/x-vp9", "vp9dec"},
    {"av1", Codec::av1,
     std::string{pictures} + "av1enc usage-profile=realtime cpu-used=10 target-bitrate=600 "
                             "keyframe-max-dist=15 lag-in-frames=0",
     "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu", "identity",
     "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu ! "
     "rtcav1pay mtu=900 timestamp-offset=0",
     "video/x-av1,stream-format=obu-stream,alignment=tu", "av1dec"},
    {"opus", Codec::opus, std::string{sound} + "opusenc dtx=true", "identity", "identity",
     "rtpopuspay timestamp-offset=0", "audio/x-opus,channel-mapping-family=0,channels=2",
     "opusdec"},
    {"pcmu", Codec::pcmu,
     "audiotestsrc num-buffers=50 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! "
     "mulawenc",
     "identity", "identity", "rtppcmupay timestamp-offset=0", "audio/x-mulaw,rate=8000,channels=1",
     "mulawdec"},
};

struct Encoded {
    std::vector<Sample> units;
    std::vector<Sample> packets;
    std::vector<Sample> read; ///< what a UnitReader takes
};

Octets without_delimiter(Codec codec, Octets unit) {
    constexpr std::size_t delimiter = 2;
    if (codec == Codec::av1) unit.erase(unit.begin(), unit.begin() + delimiter);
    return unit;
}

const Encoded& encoded(const StreamCase& stream) {
    static std::map<std::string, Encoded> cache;
    const auto known = cache.find(stream.name);
    if (known != cache.end()) return known->second;
    auto& made = cache[stream.name];
    const auto branch = [](const std::string& elements, const char* sink) {
        return "  t. ! queue ! " + elements +
               " ! appsink sync=false wait-on-eos=false name=" + sink;
    };
    Pipeline pipeline{stream.encoder + " ! tee name=t" + branch(stream.parser, "units") +
                      branch(stream.reader, "read") + branch(stream.payer, "packets")};
    run_to_end(pipeline);
    made.units = samples_of(pipeline, "units");
    made.packets = samples_of(pipeline, "packets");
    made.read = samples_of(pipeline, "read");
    for (auto& unit : made.units)
        unit.bytes = without_delimiter(stream.codec, std::move(unit.bytes));
    return made;
}

/// Units of H264 and H265 without what a recorder leaves out.
Octets stored(Codec codec, const Octets& unit) {
    if (codec != Codec::h264 && codec != Codec::h265) return unit;
    Octets kept;
    ByteReader reader{unit};
    while (reader.remaining() != 0) {
        const auto size = reader.u32();
        const auto nal = reader.bytes(size);
        if (nal.empty()) break;
        const unsigned type = codec == Codec::h264 ? nal[0] & 0x1F : nal[0] >> 1 & 0x3F;
        const bool left_out =
            codec == Codec::h264 ? type == 7 || type == 8 || type == 9 : type >= 32 && type <= 35;
        if (left_out) continue;
        const auto at = kept.size();
        kept.resize(at + 4);
        store_be32(kept.data() + at, size);
        kept.insert(kept.end(), nal.begin(), nal.end());
    }
    return kept;
}

std::vector<media::Unit> depacketized(Codec codec, const std::vector<Sample>& packets,
                                      media::DepacketizerCounters* counters = nullptr) {
    const auto depacketizer = media::Depacketizer::create(codec, {});
    std::vector<media::Unit> units;
    const auto take = [&] {
        while (auto unit = depacketizer->pop())
            units.push_back(std::move(*unit));
    };
    for (const auto& packet : packets) {
        const auto view = rtp::PacketView::parse(packet.bytes);
        EXPECT_TRUE(view);
        if (view) depacketizer->push(*view);
        take();
    }
    depacketizer->finish();
    take();
    if (counters) *counters = depacketizer->counters();
    return units;
}

/// Pictures by the RTP timestamp of their units.
std::map<std::uint32_t, Octets> decoded(const StreamCase& stream,
                                        const std::vector<media::Unit>& units) {
    Pipeline pipeline{"appsrc name=in format=time ! " + stream.decoder +
                      " ! appsink name=out sync=false wait-on-eos=false"};
    const auto in = pipeline.child("in");
    pipeline.set(GST_STATE_PLAYING);
    for (const auto& unit : units) {
        if (unit.format) {
            auto caps = adopt_ptr(gst_caps_from_string(stream.decoder_caps.c_str()));
            gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, unit.format->width, "height",
                                G_TYPE_INT, unit.format->height, nullptr);
            if (unit.format->codec == Codec::h264 || unit.format->codec == Codec::h265) {
                const auto& bytes = unit.format->configuration;
                const auto data = adopt_ptr(gst_buffer_new_memdup(bytes.data(), bytes.size()));
                gst_caps_set_simple(caps.get(), "codec_data", GST_TYPE_BUFFER, data.get(), nullptr);
            }
            gst_app_src_set_caps(GST_APP_SRC(in.get()), caps.get());
        }
        auto* buffer = gst_buffer_new_memdup(unit.unit.data.data(), unit.unit.data.size());
        GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(unit.timestamp, GST_SECOND, 90000);
        if (!unit.unit.keyframe) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
        gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
    const auto end = pipeline.wait_for(
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING), 60);
    EXPECT_TRUE(end && GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS);
    std::map<std::uint32_t, Octets> all;
    for (auto& picture : samples_of(pipeline, "out")) {
        const auto time = gst_util_uint64_scale_round(picture.pts, 90000, GST_SECOND);
        all[static_cast<std::uint32_t>(time)] = std::move(picture.bytes);
    }
    return all;
}

void append_le32(Octets& to, std::uint64_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        to.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A stream as ffmpeg reads it without GStreamer's help: IVF, or a byte stream.
Octets file_of(const StreamCase& stream, const std::vector<Sample>& units) {
    Octets file;
    const bool ivf = stream.codec == Codec::vp9 || stream.codec == Codec::av1;
    if (ivf) {
        const std::string tag = stream.codec == Codec::vp9 ? "VP90" : "AV01";
        const std::string head = "DKIF" + std::string{"\0\0\x20\0", 4} + tag;
        file.assign(head.begin(), head.end());
        append_le32(file, 320 | 240U << 16);
        for (const auto value : {30U, 1U, 0U, 0U})
            append_le32(file, value);
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (ivf) {
            append_le32(file, units[i].bytes.size());
            append_le32(file, i);
            append_le32(file, 0);
        }
        file.insert(file.end(), units[i].bytes.begin(), units[i].bytes.end());
    }
    if (ivf) return file;
    // ffmpeg takes the first byte of a long start code for the end of the parameter set before it.
    Octets with_short_codes;
    for (std::size_t i = 0; i < file.size(); ++i) {
        const bool is_long = i + 3 < file.size() && load_be32(&file[i]) == 1;
        if (!is_long) with_short_codes.push_back(file[i]);
    }
    return with_short_codes;
}

/// A folder that holds a stream as `in`, and goes with all that is in it.
class StreamFile {
  public:
    StreamFile(const StreamCase& stream, const std::vector<Sample>& units)
        : folder_{g_dir_make_tmp("parley-XXXXXX", nullptr)} {
        const auto bytes = file_of(stream, units);
        EXPECT_TRUE(g_file_set_contents(path("in").c_str(), as_text(bytes).data(),
                                        static_cast<gssize>(bytes.size()), nullptr));
    }
    ~StreamFile() {
        g_unlink(path("in").c_str());
        g_unlink(path("out.mp4").c_str());
        g_rmdir(folder_.get());
    }
    StreamFile(const StreamFile&) = delete;
    StreamFile& operator=(const StreamFile&) = delete;

    [[nodiscard]] std::string path(const char* name) const {
        return std::string{folder_.get()} + "/" + name;
    }

  private:
    GStringPtr folder_;
};

/// What a command prints.
std::string output_of(const std::string& command) {
    int status = -1;
    char* text = nullptr;
    EXPECT_TRUE(g_spawn_command_line_sync(command.c_str(), &text, nullptr, &status, nullptr));
    EXPECT_EQ(status, 0) << command;
    const GStringPtr owned{text};
    return text ? text : "";
}

/// The content of a box in the MP4 file that ffmpeg makes of a stream.
Octets box_by_ffmpeg(const StreamCase& stream, const std::vector<Sample>& units, const char* box) {
    const StreamFile stored{stream, units};
    const auto out = stored.path("out.mp4");
    output_of("ffmpeg -v error -i " + stored.path("in") + " -c copy " +
              (stream.codec == Codec::h265 ? "-tag:v hvc1 " : "") + out);
    char* content = nullptr;
    gsize size = 0;
    g_file_get_contents(out.c_str(), &content, &size, nullptr);
    const GStringPtr owned{content};
    const auto file = std::string_view{content ? content : "", size};
    const auto at = file.find(box);
    if (at == std::string_view::npos || at < 4) return {};
    const auto data = as_bytes(file);
    const auto content_of = data.subspan(at + 4, load_be32(&data[at - 4]) - 8);
    return {content_of.begin(), content_of.end()};
}

/// How many pictures ffmpeg decodes.
std::size_t frames_by_ffmpeg(const StreamCase& stream, const std::vector<Sample>& units) {
    const StreamFile stored{stream, units};
    const auto count = output_of("ffprobe -v error -count_frames -show_entries "
                                 "stream=nb_read_frames -of csv=p=0 " +
                                 stored.path("in"));
    return static_cast<std::size_t>(std::atoi(count.c_str()));
}

std::string hex(const Octets& bytes) {
    std::string text;
    for (const auto byte : bytes) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

class RealStream : public testing::TestWithParam<StreamCase> {
  protected:
    [[nodiscard]] static bool is_video() {
        return media_kind(GetParam().codec) == MediaKind::video;
    }
};

TEST_P(RealStream, ComesOutAsTheEncoderMadeIt) {
    const auto& stream = GetParam();
    const auto& made = encoded(stream);
    ASSERT_FALSE(made.units.empty());
    media::DepacketizerCounters counters;
    const auto units = depacketized(stream.codec, made.packets, &counters);
    ASSERT_EQ(units.size(), made.units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
        ASSERT_EQ(units[i].unit.data, stored(stream.codec, made.units[i].bytes)) << i;
        EXPECT_FALSE(units[i].discontinuity);
        EXPECT_EQ(units[i].format.has_value(), i == 0) << i;
    }
    EXPECT_EQ(counters.packets, made.packets.size());
    EXPECT_EQ(counters.broken + counters.missing + counters.dropped, 0U);
    const auto& format = *units[0].format;
    if (is_video()) {
        EXPECT_EQ(format.width, 320);
        EXPECT_EQ(format.height, 240);
    }
}

TEST_P(RealStream, ReadWithoutRtpIsTheSame) {
    const auto& stream = GetParam();
    const auto& made = encoded(stream);
    const auto units = depacketized(stream.codec, made.packets);
    const auto reader = media::UnitReader::create(stream.codec);
    ASSERT_EQ(made.read.size(), units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
        const auto read = reader->read(made.read[i].bytes);
        ASSERT_TRUE(read) << i;
        ASSERT_EQ(read->unit.data, units[i].unit.data) << i;
        EXPECT_EQ(read->unit.keyframe, units[i].unit.keyframe);
        EXPECT_EQ(read->duration, units[i].duration);
        EXPECT_EQ(read->format, units[i].format);
    }
}

TEST_P(RealStream, ConfiguresADecoderAsFfmpegDoes) {
    const auto& stream = GetParam();
    const std::map<Codec, const char*> boxes{
        {Codec::h264, "avcC"}, {Codec::h265, "hvcC"}, {Codec::vp9, "vpcC"}, {Codec::av1, "av1C"}};
    const auto& made = encoded(stream);
    const auto ours = depacketized(stream.codec, made.packets)[0].format->configuration;
    const auto box = boxes.find(stream.codec);
    if (box == boxes.end()) {
        EXPECT_EQ(ours.empty(), stream.codec != Codec::opus);
        return;
    }
    auto theirs = box_by_ffmpeg(stream, made.read, box->second);
    constexpr std::ptrdiff_t version_and_flags = 4; // belong to the box's header
    if (stream.codec == Codec::vp9)
        theirs.erase(theirs.begin(), theirs.begin() + version_and_flags);
    EXPECT_EQ(hex(ours), hex(theirs));
}

TEST_P(RealStream, LosesWholeUnitsAndNothingElse) {
    const auto& stream = GetParam();
    const auto& made = encoded(stream);
    const auto originals = depacketized(stream.codec, made.packets);
    std::map<std::uint32_t, const media::Unit*> by_time;
    for (const auto& unit : originals)
        by_time[unit.timestamp] = &unit;
    const auto pictures_of_all =
        is_video() ? decoded(stream, originals) : std::map<std::uint32_t, Octets>{};
    ASSERT_EQ(pictures_of_all.size(), is_video() ? originals.size() : 0);

    std::size_t came = 0;
    for (unsigned seed = 1; seed <= 10; ++seed) {
        std::mt19937 random{seed}; // NOLINT(cert-msc51-cpp): repeatable
        std::vector<Sample> kept;
        std::ranges::copy_if(made.packets, std::back_inserter(kept),
                             [&](const Sample&) { return random() % 10 != 0; });
        media::DepacketizerCounters counters;
        const auto units = depacketized(stream.codec, kept, &counters);
        EXPECT_GT(counters.missing, 0U);
        came += units.size();
        for (const auto& unit : units) {
            ASSERT_TRUE(by_time.contains(unit.timestamp));
            ASSERT_EQ(unit.unit.data, by_time[unit.timestamp]->unit.data);
        }
        if (!is_video() || units.empty()) continue;
        EXPECT_TRUE(units[0].unit.keyframe);
        const auto shown = decoded(stream, units);
        EXPECT_EQ(shown.size(), units.size());
        for (const auto& [time, picture] : shown) {
            const auto original = pictures_of_all.find(time);
            ASSERT_TRUE(original != pictures_of_all.end());
            ASSERT_TRUE(picture == original->second) << "another picture at " << time;
        }
    }
    EXPECT_GT(came, 10U);
}

// Two pictures that follow one another are sent as layers of one. Were one of them not decoded, the
// pictures after them would differ.
TEST(SpatialLayers, OfVp9AreAllDecoded) {
    const auto& stream = *std::ranges::find(all_streams, Codec::vp9, &StreamCase::codec);
    const auto& made = encoded(stream);
    const auto originals = depacketized(stream.codec, made.packets);
    std::vector<Sample> packets;
    for (std::size_t i = 0; i < originals.size(); ++i) {
        const unsigned spatial = i % 2;
        const bool predicted = !originals[i].unit.keyframe;
        Octets packet(rtp::fixed_header_size);
        rtp::write_fixed_header(packet.data(),
                                {96, spatial == 1, false, static_cast<std::uint16_t>(i),
                                 originals[i | 1].timestamp, rtp::Ssrc{1}});
        // P, L, B, E; spatial layer, D; TL0PICIDX.
        packet.push_back(static_cast<std::uint8_t>(0x2C | (predicted ? 0x40 : 0)));
        packet.push_back(static_cast<std::uint8_t>(spatial << 1 | spatial));
        packet.push_back(static_cast<std::uint8_t>(i / 2));
        const auto& frame = originals[i].unit.data;
        packet.insert(packet.end(), frame.begin(), frame.end());
        packets.push_back({packet, 0});
    }
    const auto units = depacketized(stream.codec, packets);
    ASSERT_EQ(units.size(), originals.size() / 2);
    const auto expected = decoded(stream, originals);
    // libvpx finds the frames without an index too and shows the top layer; ffmpeg needs the index,
    // and shows each layer.
    std::vector<Sample> stored_units;
    for (const auto& unit : units)
        stored_units.push_back({unit.unit.data, 0});
    EXPECT_EQ(frames_by_ffmpeg(stream, stored_units), originals.size());
    const auto shown = decoded(stream, units);
    EXPECT_EQ(shown.size(), units.size());
    for (const auto& [time, picture] : shown) {
        ASSERT_TRUE(expected.contains(time));
        ASSERT_TRUE(picture == expected.at(time)) << "another picture at " << time;
    }
}

INSTANTIATE_TEST_SUITE_P(Codecs, RealStream, testing::ValuesIn(all_streams),
                         [](const auto& info) { return std::string{info.param.name}; });

} // namespace
} // namespace parley::test

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
