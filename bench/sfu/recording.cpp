#include "bench/sfu/recording.hpp"

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/sequence.hpp"

#include <fmt/os.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace parley::bench {

void Recording::add(Bytes packet, Instant arrived) {
    const auto view = rtp::PacketView::parse(packet);
    if (!view || view->payload().empty()) return;
    const auto codec = codec_ == VideoCodec::vp8 ? Codec::vp8 : Codec::h264;
    const auto info = rtp::inspect(codec, view->payload());
    packets_.push_back({view->sequence(), view->timestamp(), arrived,
                        packet.size() - view->padding_size(), view->marker(), info.keyframe_start});
}

Result<std::size_t> Recording::write(const std::string& path, const std::string& title) {
    std::sort(packets_.begin(), packets_.end(), [](const Packet& a, const Packet& b) {
        return rtp::distance(a.sequence, b.sequence) > 0;
    });
    const auto first = std::find_if(packets_.begin(), packets_.end(),
                                    [](const Packet& packet) { return packet.keyframe_start; });
    const auto last = std::find_if(packets_.rbegin(), packets_.rend(), [](const Packet& packet) {
                          return packet.marker;
                      }).base();
    if (first >= last) return fail("no keyframe came while recording");
    const auto frames = static_cast<std::size_t>(
        std::count_if(first, last, [](const Packet& packet) { return packet.marker; }));
    try {
        auto out = fmt::output_file(path);
        out.print("# {}\n# microseconds, bytes of RTP packet, end of frame, keyframe\n", title);
        std::uint32_t keyframe = first->timestamp;
        auto at = first->arrived;
        for (auto packet = first; packet != last; ++packet) {
            if (packet->keyframe_start) keyframe = packet->timestamp;
            at = std::max(at, packet->arrived); // in order, also where one was overtaken
            out.print(
                "{} {} {} {}\n",
                std::chrono::duration_cast<std::chrono::microseconds>(at - first->arrived).count(),
                packet->size, packet->marker ? 1 : 0, packet->timestamp == keyframe ? 1 : 0);
        }
    } catch (const std::system_error& error) {
        return fail(path + ": " + error.what());
    }
    return frames;
}

} // namespace parley::bench
