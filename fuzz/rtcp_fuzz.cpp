// RTCP compound packets: read whole, and written again where we write such packets.
#include "core/congestion/rtt_tracker.hpp"
#include "core/rtcp/builder.hpp"
#include "core/rtcp/packet.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <variant>
#include <vector>

namespace {

using namespace parley;
using namespace parley::rtcp;

void check(bool condition) {
    if (!condition) std::abort();
}

template <class T>
T read_back(const CompoundBuilder& out) {
    auto reader = CompoundReader::open(out.written());
    check(reader.has_value());
    const auto item = reader->next();
    check(item && std::holds_alternative<T>(*item) && reader->malformed() == 0);
    return std::get<T>(*item);
}

struct Visitor {
    std::array<std::uint8_t, 65536>& buffer;
    congestion::RttTracker& rtt;

    void blocks(const ReportBlocks& reports) const {
        for (const auto& block : reports)
            rtt.on_report(block, NtpTime{0xE600000000000000});
    }
    void operator()(const SenderReport& report) const {
        blocks(report.reports);
        const std::vector<ReportBlock> copy(report.reports.begin(), report.reports.end());
        CompoundBuilder out{buffer};
        check(out.sender_report(report.sender, copy));
        const auto back = read_back<SenderReport>(out);
        check(back.sender == report.sender);
        check(std::vector<ReportBlock>(back.reports.begin(), back.reports.end()) == copy);
    }
    void operator()(const ReceiverReport& report) const { blocks(report.reports); }
    void operator()(const SdesChunk& chunk) const {
        CompoundBuilder out{buffer};
        check(out.sdes_cname(chunk.ssrc, chunk.cname));
        check(read_back<SdesChunk>(out).cname == chunk.cname);
    }
    void operator()(const Bye& bye) const {
        const std::vector<std::uint32_t> ssrcs(bye.ssrcs.begin(), bye.ssrcs.end());
        CompoundBuilder out{buffer};
        check(out.bye(ssrcs, bye.reason));
        check(read_back<Bye>(out).reason == bye.reason);
    }
    void operator()(const Nack& nack) const {
        std::size_t asked = 0;
        for (const auto& item : nack.items)
            item.for_each([&](std::uint16_t) { ++asked; });
        check(asked >= nack.items.size());
    }
    void operator()(const Pli&) const {}
    void operator()(const Fir& fir) const {
        const std::vector<FirEntry> entries(fir.entries.begin(), fir.entries.end());
        CompoundBuilder out{buffer};
        if (!out.fir(fir.sender_ssrc, entries)) return;
        const auto back = read_back<Fir>(out).entries;
        check(std::vector<FirEntry>(back.begin(), back.end()) == entries);
    }
    void operator()(const Remb& remb) const {
        const std::vector<std::uint32_t> ssrcs(remb.ssrcs.begin(), remb.ssrcs.end());
        CompoundBuilder out{buffer};
        check(out.remb(remb.sender_ssrc, remb.bitrate, ssrcs));
        check(read_back<Remb>(out).bitrate <= remb.bitrate);
    }
    void operator()(const TransportFeedback& feedback) const {
        std::vector<PacketStatus> statuses;
        std::vector<PacketArrival> arrivals;
        auto cursor = feedback.statuses();
        while (const auto status = cursor.next()) {
            if (status->arrival) {
                arrivals.push_back({feedback.base_sequence + statuses.size(), *status->arrival});
            }
            statuses.push_back(*status);
        }
        check(statuses.size() == feedback.status_count);
        // What we would write of the same arrivals says the same.
        std::size_t told = 0;
        while (told < arrivals.size()) {
            if (arrivals[told].ticks < 0) return;
            CompoundBuilder out{buffer};
            const auto base = arrivals[told].sequence;
            const auto taken =
                out.transport_feedback(1, 2, 3, base, std::span{arrivals}.subspan(told));
            if (taken == 0) return; // its first delta was larger than any we make
            auto back = read_back<TransportFeedback>(out).statuses();
            while (const auto status = back.next()) {
                const auto& original =
                    statuses[static_cast<std::uint16_t>(status->sequence - feedback.base_sequence)];
                check(status->arrival.has_value() == original.arrival.has_value());
                if (!status->arrival) continue;
                constexpr auto wrap = (std::int64_t{1} << 24) * ticks_per_reference;
                check(*status->arrival % wrap == *original.arrival % wrap);
            }
            told += taken;
        }
    }
    void operator()(const XrReceiverReferenceTime&) const {}
    void operator()(const XrDlrr& dlrr) const {
        for (const auto& entry : dlrr.entries)
            rtt.on_dlrr(entry, NtpTime{0xE600000000000000});
    }
    void operator()(const Unknown&) const {}
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto reader = CompoundReader::open({data, size});
    if (!reader) return 0;
    static std::array<std::uint8_t, 65536> buffer;
    congestion::RttTracker rtt;
    const Visitor visitor{buffer, rtt};
    while (const auto item = reader->next())
        std::visit(visitor, *item);
    return 0;
}
