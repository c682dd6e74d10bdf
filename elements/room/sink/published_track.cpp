#include "elements/room/sink/published_track.hpp"

#include "elements/common/mapped_buffer.hpp"
#include "elements/room/sink/room_publisher.hpp"
#include "elements/room/sink/rtp_format.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace parley::room_elements {

namespace {

/// Of a packet that is passed on: what means something behind the hop that it came by.
constexpr std::array passed_on{
    rtp::Extension::audio_level,           rtp::Extension::abs_capture_time,
    rtp::Extension::video_orientation,     rtp::Extension::playout_delay,
    rtp::Extension::dependency_descriptor,
};
constexpr std::size_t most_extension_bytes = 256;

bool is_canonical(const RtpFormat& format) {
    return !format.other_extensions &&
           std::all_of(rtp::all_extensions.begin(), rtp::all_extensions.end(), [&](auto extension) {
               const auto id = format.extensions.id(extension);
               return id == 0 || id == rtp::canonical_id(extension);
           });
}

} // namespace

PublishedTrack::PublishedTrack(RoomPublisher& publisher, Config config, Handlers handlers)
    : publisher_{publisher}
    , config_{std::move(config)}
    , handlers_{std::move(handlers)}
    , layers_(config_.rids.size()) {}

void PublishedTrack::set_caps(unsigned layer, GstCaps* caps) {
    const auto format = rtp_format(config_.codec, caps);
    layers_[layer].extensions = format.extensions;
    layers_[layer].rewrite = !is_canonical(format);
    std::shared_ptr<Publication> old;
    LayerStreams streams;
    {
        const std::lock_guard lock{mutex_};
        if (format.fmtp == fmtp_ && format.payload_type == payload_type_) return;
        // All layers of a track are of one format; a new one is another track to the room.
        const bool first = payload_type_ == 0 && fmtp_.empty();
        if (layer != 0 && !first) return;
        fmtp_ = format.fmtp;
        payload_type_ = format.payload_type;
        old = publication_.lock();
        publication_.reset();
        streams = std::move(streams_);
        streams_.clear();
    }
    if (old && !streams.empty()) old->unpublish(streams);
}

void PublishedTrack::unlock(bool unlocked) {
    unlocked_ = unlocked;
    if (unlocked) publisher_.wake_waiting();
}

std::shared_ptr<Publication> PublishedTrack::reach() {
    auto publication = publisher_.publication();
    // What is live goes on without us; a file waits.
    if (!publication && !live_) publication = publisher_.wait(unlocked_);
    return publication;
}

void PublishedTrack::publish(const std::shared_ptr<Publication>& publication) {
    {
        const std::lock_guard lock{mutex_};
        if (ended_ || publication_.lock() == publication) return;
    }
    Publication::Track track;
    track.source = config_.source;
    track.codec = codec_name(config_.codec);
    track.rids = config_.rids;
    // Without the lock: the request travels upstream.
    if (media_kind(config_.codec) == MediaKind::video && !config_.encoded_here) {
        track.keyframes_on_demand = handlers_.force_keyframe(0);
    }
    const auto weak = weak_from_this();
    track.keyframe_wanted = [weak](unsigned layer, KeyframeReason) {
        if (const auto self = weak.lock()) self->handlers_.force_keyframe(layer);
    };
    track.wanted = [weak](bool wanted) {
        if (const auto self = weak.lock()) self->wanted_ = wanted;
    };
    track.refused = [weak](const std::string& text) {
        if (const auto self = weak.lock()) self->handlers_.refused(text);
    };
    const std::lock_guard lock{mutex_};
    if (ended_ || publication_.lock() == publication) return;
    track.fmtp = fmtp_;
    track.payload_type = payload_type_;
    track.muted = muted_;
    wanted_ = false; // until the room says otherwise, which it may at once
    streams_ = publication->publish(track);
    publication_ = publication;
    ++published_;
}

/// The packet with the extension ids that a tap expects, and the audio level where it is ours.
Bytes PublishedTrack::canonical(Layer& layer, Bytes whole, const rtp::PacketView& packet) {
    const int level = audio_level_;
    if (!layer.rewrite && level < 0) return whole;
    const auto payload = packet.payload();
    layer.scratch.resize(rtp::fixed_header_size + most_extension_bytes + payload.size());
    rtp::ExtensionWriter writer{
        MutBytes{layer.scratch.data() + rtp::fixed_header_size, most_extension_bytes},
        rtp::ExtensionWriter::Form::two_byte};
    bool has_level = false;
    for (const auto extension : passed_on) {
        const auto id = layer.extensions.id(extension);
        const auto data = id == 0 ? Bytes{} : packet.find(id);
        if (data.empty()) continue;
        has_level = has_level || extension == rtp::Extension::audio_level;
        writer.add(rtp::canonical_id(extension), data);
    }
    if (level >= 0 && !has_level) {
        const std::array byte{
            rtp::AudioLevel{static_cast<std::uint8_t>(level), level < 127}.encode()};
        writer.add(rtp::canonical_id(rtp::Extension::audio_level), byte);
    }
    const auto extension_size = writer.finish();
    rtp::write_fixed_header(layer.scratch.data(),
                            {packet.payload_type(), packet.marker(), extension_size != 0,
                             packet.sequence(), packet.timestamp(), packet.ssrc()});
    auto* const at = layer.scratch.data() + rtp::fixed_header_size + extension_size;
    if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
    return {layer.scratch.data(), rtp::fixed_header_size + extension_size + payload.size()};
}

void PublishedTrack::packet(unsigned index, GstBuffer* buffer, GstClockTime running_time) {
    begun_ = true;
    const auto publication = reach();
    if (!publication) {
        publisher_.count_unreached();
        return;
    }
    publish(publication);
    publisher_.follow_clock(false);
    auto& layer = layers_[index];
    tap::Client::Packet out;
    std::uint64_t published = 0;
    {
        const std::lock_guard lock{mutex_};
        if (ended_ || streams_.empty()) return;
        out.stream = streams_[index];
        published = published_;
    }
    if (published != layer.published) {
        layer.published = published;
        layer.waiting = true;
    }
    const MappedBuffer mapped{buffer};
    const auto packet = rtp::PacketView::parse(mapped.bytes());
    if (!packet) return;
    const bool video = media_kind(config_.codec) == MediaKind::video;
    const auto frame = rtp::inspect(config_.codec, packet->payload());
    out.frame_start = !video || frame.frame_start;
    out.keyframe = !video || frame.keyframe_start;
    if (layer.waiting && !out.keyframe) {
        if (out.frame_start) handlers_.force_keyframe(index);
        return;
    }
    layer.waiting = false;
    if (GST_CLOCK_TIME_IS_VALID(running_time)) {
        if (const auto ntp = publisher_.timeline().ntp(running_time)) out.ntp = *ntp;
    }
    out.bytes = canonical(layer, mapped.bytes(), *packet);
    publication->send(out);
}

void PublishedTrack::flush() {
    if (const auto publication = publisher_.publication()) publication->flush();
}

void PublishedTrack::set_muted(bool muted) {
    std::shared_ptr<Publication> publication;
    LayerStreams streams;
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(muted_, muted) == muted) return;
        publication = publication_.lock();
        streams = streams_;
    }
    if (publication && !streams.empty()) publication->mute(streams, muted);
}

void PublishedTrack::end() {
    std::shared_ptr<Publication> publication;
    LayerStreams streams;
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(ended_, true)) return;
        publication = publication_.lock();
        streams = std::move(streams_);
        streams_.clear();
    }
    if (publication && !streams.empty()) publication->unpublish(streams);
    unlock(true);
}

} // namespace parley::room_elements
