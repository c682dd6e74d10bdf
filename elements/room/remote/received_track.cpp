#include "elements/room/remote/received_track.hpp"

#include "core/rtp/packet.hpp"

namespace parley::room_elements {

namespace {

constexpr std::uint8_t video_payload_type = 96;
constexpr std::uint8_t audio_payload_type = 111;

std::uint8_t payload_type_of(Codec codec) {
    switch (codec) {
    case Codec::pcmu:
        return 0;
    case Codec::pcma:
        return 8;
    case Codec::opus:
        return audio_payload_type;
    default:
        return video_payload_type;
    }
}

} // namespace

ReceivedTrack::ReceivedTrack(tap::StreamId stream, Codec codec, const PublisherClock& clock)
    : stream_{stream}, payload_type_{payload_type_of(codec)}, mapping_{clock_rate(codec), clock} {}

tap::Format ReceivedTrack::format_of(Codec codec) {
    tap::Format format;
    format.payload_type = payload_type_of(codec);
    format.clock_rate = clock_rate(codec);
    format.channels = codec == Codec::opus ? 2 : 1;
    return format;
}

void ReceivedTrack::on_sender_report(std::uint32_t ssrc, NtpTime server, std::uint32_t timestamp,
                                     Instant arrival) {
    if (begun_ && ssrc == ssrc_) mapping_.on_sender_report(server, timestamp, arrival);
}

std::optional<tap::Record> ReceivedTrack::on_packet(Bytes packet, Instant arrival) {
    const auto view = rtp::PacketView::parse(packet);
    if (!view) return std::nullopt;
    const auto number = view->sequence();
    const auto ssrc = static_cast<std::uint32_t>(view->ssrc());
    if (!begun_ || ssrc != ssrc_) {
        // Another connection, or another layer: it goes on where the last one ended.
        if (begun_) {
            shift_ = static_cast<std::uint16_t>(last_number_ + 1 - number);
            mapping_.reset();
        }
        begun_ = true;
        ssrc_ = ssrc;
    }
    mapping_.on_packet(view->timestamp(), arrival);
    last_number_ = static_cast<std::uint16_t>(number + shift_);
    bytes_.assign(packet.begin(), packet.end());
    bytes_[1] = static_cast<std::uint8_t>((bytes_[1] & 0x80) | payload_type_);
    bytes_[2] = static_cast<std::uint8_t>(last_number_ >> 8);
    bytes_[3] = static_cast<std::uint8_t>(last_number_);
    tap::Record record;
    record.type = tap::RecordType::rtp;
    record.flags = mapping_.synchronized() ? tap::flag_synchronized : 0;
    record.stream = stream_;
    record.ntp = mapping_.ntp(view->timestamp(), arrival);
    record.body = bytes_;
    return record;
}

} // namespace parley::room_elements
