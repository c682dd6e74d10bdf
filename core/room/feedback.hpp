// RTCP between a receiving client and its subscriptions; the same for subscribers and viewers.
#pragma once

#include "core/room/stats.hpp"
#include "core/router/subscription.hpp"
#include "core/rtcp/builder.hpp"
#include "core/rtcp/packet.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace parley::room {

/// Gives each item of a compound packet to the subscription that `find(ssrc)` names (or nullptr).
template <class Find>
void deliver_feedback(Bytes compound, Instant now, Find&& find) {
    auto reader = rtcp::CompoundReader::open(compound);
    if (!reader) return;
    const auto blocks = [&](const rtcp::ReportBlocks& reports) {
        for (const auto& block : reports) {
            if (auto* subscription = find(block.ssrc)) {
                subscription->handle_report_block(block, now);
            }
        }
    };
    while (const auto item = reader->next()) {
        if (const auto* receiver = std::get_if<rtcp::ReceiverReport>(&*item)) {
            blocks(receiver->reports);
        } else if (const auto* sender = std::get_if<rtcp::SenderReport>(&*item)) {
            blocks(sender->reports);
        } else if (const auto* nack = std::get_if<rtcp::Nack>(&*item)) {
            if (auto* subscription = find(nack->media_ssrc)) {
                subscription->handle_nack(nack->items, now);
            }
        } else if (const auto* pli = std::get_if<rtcp::Pli>(&*item)) {
            if (auto* subscription = find(pli->media_ssrc)) {
                subscription->handle_keyframe_request(now);
            }
        } else if (const auto* fir = std::get_if<rtcp::Fir>(&*item)) {
            for (const auto& entry : fir->entries) {
                if (auto* subscription = find(entry.ssrc)) {
                    subscription->handle_keyframe_request(now);
                }
            }
        }
    }
}

void append_sender_report(const Subscription& subscription, std::string_view cname, Instant now,
                          rtcp::CompoundBuilder& out);

SubscriptionStats subscription_stats(const Subscription& subscription, const std::string& track,
                                     const std::string& participant, const SendContext& context,
                                     Instant now);

} // namespace parley::room
