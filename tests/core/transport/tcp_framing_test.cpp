#include "core/transport/tcp_framing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley {
namespace {

using Frames = std::vector<std::vector<std::uint8_t>>;

std::vector<std::uint8_t> stream_of(const Frames& frames) {
    std::vector<std::uint8_t> stream;
    for (const auto& frame : frames) {
        std::uint8_t header[tcp_frame_header_size];
        write_tcp_frame_header(header, frame.size());
        stream.insert(stream.end(), std::begin(header), std::end(header));
        stream.insert(stream.end(), frame.begin(), frame.end());
    }
    return stream;
}

/// Reads the stream in pieces of this size.
Frames read(TcpDeframer& deframer, std::vector<std::uint8_t> stream, std::size_t piece) {
    Frames frames;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        deframer.push(MutBytes{stream}.subspan(at, std::min(piece, stream.size() - at)));
        while (const auto frame = deframer.next())
            frames.emplace_back(frame->begin(), frame->end());
    }
    return frames;
}

TEST(TcpFraming, CutsTheStreamWhereverItIsSplit) {
    const Frames frames = {{1}, {}, {2, 3, 4}, std::vector<std::uint8_t>(300, 5), {}, {6, 7}};
    const auto stream = stream_of(frames);
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        TcpDeframer deframer;
        EXPECT_EQ(read(deframer, stream, piece), frames) << piece;
        EXPECT_FALSE(deframer.broken());
    }
}

TEST(TcpFraming, TakesFramesUpToTheLimitOnly) {
    TcpDeframer deframer{100};
    const Frames frames = {std::vector<std::uint8_t>(100, 1)};
    EXPECT_EQ(read(deframer, stream_of(frames), 33), frames);
    for (const std::size_t piece : {1, 2, 50, 500}) {
        TcpDeframer strict{100};
        EXPECT_TRUE(
            read(strict, stream_of({std::vector<std::uint8_t>(101, 1), {1}}), piece).empty());
        EXPECT_TRUE(strict.broken());
    }
}

TEST(TcpFraming, AFrameMayBeChangedInPlace) {
    TcpDeframer deframer;
    auto stream = stream_of({{1, 2}, {3, 4}});
    deframer.push(stream);
    (*deframer.next())[1] = 99;
    const auto second = deframer.next();
    ASSERT_TRUE(second);
    EXPECT_EQ((*second)[0], 3);
    EXPECT_FALSE(deframer.next());
}

} // namespace
} // namespace parley
