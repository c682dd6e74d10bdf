#include "bench/sfu/receivers.hpp"

#include "bench/sfu/payload.hpp"
#include "core/rtcp/builder.hpp"
#include "core/rtp/packet.hpp"

#include <sys/epoll.h>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace parley::bench {
namespace {

constexpr Duration timer_interval = 20ms;
constexpr Duration report_interval = 1s;
constexpr std::uint32_t receiver_ssrc = 0x52435652;

Duration realtime_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

Receivers::Receivers(bool kernel_timestamps)
    : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, kernel_timestamps_{kernel_timestamps} {
    for (std::size_t i = 0; i < batch; ++i) {
        parts_[i] = {buffers_[i].data(), packet_room};
        auto& header = messages_[i].msg_hdr;
        header.msg_iov = &parts_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].data();
    }
    reset_counts();
}

Receivers::~Receivers() {
    ::close(epoll_);
}

Peer& Receivers::add(std::unique_ptr<Peer> peer, std::uint8_t payload_type) {
    auto subscriber = std::make_unique<Subscriber>();
    subscriber->peer = std::move(peer);
    subscriber->payload_type = payload_type;
    subscriber->check_at = static_cast<std::uint8_t>(subscribers_.size() % check_interval);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = subscriber.get();
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, subscriber->peer->socket(), &event);
    subscribers_.push_back(std::move(subscriber));
    return *subscribers_.back()->peer;
}

void Receivers::poll(Duration patience) {
    std::array<epoll_event, 256> events;
    const auto now = clock_now();
    if (spin_) patience = Duration{0};
    const auto until_timers = std::max(next_timers_ - now, Duration{0});
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(std::min(patience, until_timers));
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                               static_cast<int>(wait.count()));
    for (int i = 0; i < n; ++i) {
        drain(*static_cast<Subscriber*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
    if (const auto after = clock_now(); after >= next_timers_) {
        next_timers_ = after + timer_interval;
        serve_timers(after);
    }
}

/// One turn of a socket; what is still there after it makes the next epoll_wait return at once.
void Receivers::drain(Subscriber& subscriber) {
    for (auto& message : messages_)
        message.msg_hdr.msg_controllen = sizeof controls_[0];
    bool media = false;
    const int n = ::recvmmsg(subscriber.peer->socket(), messages_.data(), batch, 0, nullptr);
    for (int i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const MutBytes datagram{buffers_[at].data(), messages_[at].msg_len};
        if (datagram.size() > rtp::fixed_header_size && datagram[0] >= 128 &&
            (datagram[1] & 0x7F) == subscriber.payload_type) {
            take_rtp(subscriber, datagram, messages_[at].msg_hdr);
            media = true;
        } else if (subscriber.peer->handle(datagram, clock_now()) == Peer::Traffic::rtp) {
            ++totals_.foreign;
        }
    }
    if (media) last_arrival_ = clock_now();
}

void Receivers::take_rtp(Subscriber& subscriber, MutBytes packet, const msghdr& header) {
    const auto sequence = load_be16(packet.data() + 2);
    subscriber.account.add(sequence);
    subscriber.bytes += packet.size();
    Instant arrived{};
    for (auto* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(const_cast<msghdr*>(&header), part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        if (part->cmsg_type == SO_RXQ_OVFL) {
            std::memcpy(&subscriber.overflow, CMSG_DATA(part), sizeof subscriber.overflow);
        } else if (part->cmsg_type == SCM_TIMESTAMPNS) {
            timespec at{};
            std::memcpy(&at, CMSG_DATA(part), sizeof at);
            arrived = Instant{std::chrono::seconds{at.tv_sec} +
                              std::chrono::nanoseconds{at.tv_nsec} - realtime_offset_};
        }
    }
    if (!subscriber.peer->connected()) return;
    const auto now = kernel_timestamps_ ? arrived : clock_now();
    if (recording_ != nullptr) {
        if (const auto plain = subscriber.peer->receiver().unprotect_rtp(packet)) {
            subscriber.ssrc = load_be32(plain->plaintext.data() + 8);
            recording_->add(plain->plaintext, now);
        }
        return;
    }
    if (sequence % check_interval != subscriber.check_at) return;

    const auto plain = subscriber.peer->receiver().unprotect_rtp(packet);
    const auto view = plain ? rtp::PacketView::parse(plain->plaintext) : std::nullopt;
    if (!view) {
        ++totals_.check_failures;
        return;
    }
    subscriber.ssrc = rtp::value(view->ssrc());
    const auto stamp = read_stamp(view->payload());
    if (!stamp) {
        const bool too_short = view->payload().size() < stamped_payload_size;
        ++(too_short ? totals_.checked : totals_.check_failures);
        return;
    }
    ++totals_.checked;
    const auto delay = now - stamp->sent;
    if (delay < Duration{0} || delay > 4s) {
        ++totals_.check_failures;
    } else {
        totals_.delays_ns.push_back(static_cast<std::uint32_t>(delay.count()));
    }
}

void Receivers::serve_timers(Instant now) {
    for (auto& subscriber : subscribers_) {
        subscriber->peer->handle_timeout(now);
        if (!subscriber->peer->connected() || subscriber->ssrc == 0) continue;
        if (now < subscriber->next_report) continue;
        // Spread over the interval, as those of real viewers are.
        const bool first = subscriber->next_report == Instant{};
        const auto share = static_cast<Duration::rep>(subscriber->check_at + 1U);
        const auto part = report_interval * share / static_cast<Duration::rep>(check_interval);
        subscriber->next_report = now + (first ? part : report_interval);
        if (!first) send_report(*subscriber);
    }
}

void Receivers::send_report(Subscriber& subscriber) {
    std::array<std::uint8_t, 256> buffer{};
    rtcp::CompoundBuilder report{buffer};
    rtcp::ReportBlock block;
    block.ssrc = subscriber.ssrc;
    block.highest_sequence = subscriber.account.newest();
    if (!report.receiver_report(receiver_ssrc, {&block, 1})) return;
    const auto size = subscriber.peer->sender().protect_rtcp(buffer, report.size());
    subscriber.peer->send({buffer.data(), size});
}

void Receivers::request_keyframe() {
    if (subscribers_.empty() || subscribers_[0]->ssrc == 0) return;
    std::array<std::uint8_t, 256> buffer{};
    rtcp::CompoundBuilder request{buffer};
    if (!request.receiver_report(receiver_ssrc) ||
        !request.pli(receiver_ssrc, subscribers_[0]->ssrc)) {
        return;
    }
    const auto size = subscribers_[0]->peer->sender().protect_rtcp(buffer, request.size());
    subscribers_[0]->peer->send({buffer.data(), size});
}

void Receivers::reset_counts() {
    totals_ = {};
    realtime_offset_ = realtime_now() - clock_now().time_since_epoch();
    for (auto& subscriber : subscribers_) {
        subscriber->account.reset_counts();
        subscriber->bytes = 0;
        subscriber->overflow_base = subscriber->overflow;
    }
}

Received Receivers::collect() {
    auto result = std::exchange(totals_, {});
    bool first = true;
    for (const auto& subscriber : subscribers_) {
        const auto& account = subscriber->account;
        result.packets += account.unique();
        result.least = first ? account.unique() : std::min(result.least, account.unique());
        result.bytes += subscriber->bytes;
        result.duplicates += account.duplicates();
        result.reordered += account.reordered();
        result.dropped_here += subscriber->overflow - subscriber->overflow_base;
        result.sessions_lost += subscriber->peer->failure().empty() ? 0 : 1;
        first = false;
    }
    return result;
}

} // namespace parley::bench
