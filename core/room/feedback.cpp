#include "core/room/feedback.hpp"

#include <chrono>

namespace parley::room {

void append_sender_report(const Subscription& subscription, std::string_view cname, Instant now,
                          rtcp::CompoundBuilder& out) {
    const auto report = subscription.sender_report(now);
    if (!report) return;
    out.sender_report(*report);
    out.sdes_cname(report->ssrc, cname);
}

SubscriptionStats subscription_stats(const Subscription& subscription, const std::string& track,
                                     const std::string& participant, const SendContext& context,
                                     Instant) {
    const auto& counted = subscription.stats();
    SubscriptionStats stats;
    stats.track = track;
    stats.participant = participant;
    if (const auto* source = subscription.source();
        source != nullptr && subscription.layer() != no_layer) {
        stats.layer = source->layer(subscription.layer()).rid();
    }
    stats.ssrc = rtp::value(subscription.ssrc());
    stats.packets_sent = counted.packets_sent;
    stats.bytes_sent = counted.bytes_sent;
    stats.retransmitted_packets_sent = counted.retransmitted_packets_sent;
    stats.nack_count = counted.nack_count;
    stats.pli_count = counted.pli_count;
    stats.fraction_lost = counted.fraction_lost;
    stats.round_trip_time = std::chrono::duration<double>(context.rtt.smoothed_or(0ns)).count();
    stats.paused = subscription.paused();
    return stats;
}

} // namespace parley::room
