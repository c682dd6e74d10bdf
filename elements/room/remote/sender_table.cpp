#include "elements/room/remote/sender_table.hpp"

#include "core/rtp/packet.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::room_elements {

void SenderTable::set(std::map<tap::StreamId, Sender> senders) {
    const std::lock_guard lock{mutex_};
    senders_.swap(senders); // those that go live to the end of the call, and so no longer than it
}

void SenderTable::send(const tap::Link::Packet& packet) {
    Sender sender;
    {
        const std::lock_guard lock{mutex_};
        const auto found = senders_.find(packet.stream);
        if (found != senders_.end()) sender = found->second;
    }
    if (!sender.peer || packet.bytes.size() < rtp::fixed_header_size) {
        ++dropped_;
        return;
    }
    auto buffer = adopt_ptr(gst_buffer_new_memdup(packet.bytes.data(), packet.bytes.size()));
    std::array<std::uint8_t, 4> ssrc{};
    store_be32(ssrc.data(), sender.ssrc);
    constexpr gsize ssrc_offset = 8;
    gst_buffer_fill(buffer.get(), ssrc_offset, ssrc.data(), ssrc.size());
    // Sender reports stand on this: when it was captured.
    const auto now = gst_element_get_current_running_time(element_);
    if (GST_CLOCK_TIME_IS_VALID(now)) {
        auto age =
            packet.ntp.value != 0 ? wall_.ntp_at(net::steady_now()) - packet.ntp : Duration{};
        age = std::clamp(age, Duration{}, Duration{static_cast<Duration::rep>(now)});
        GST_BUFFER_PTS(buffer.get()) = now - static_cast<GstClockTime>(age.count());
    }
    ++(sender.peer->send(sender.m_line, std::move(buffer)) ? sent_ : dropped_);
}

tap::Link::Counters SenderTable::counters() const {
    tap::Link::Counters counters;
    counters.packets_sent = sent_;
    counters.packets_dropped = dropped_;
    return counters;
}

} // namespace parley::room_elements
