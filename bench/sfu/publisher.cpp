#include "bench/sfu/publisher.hpp"

#include "bench/sfu/payload.hpp"
#include "bench/sfu/statistics.hpp"
#include "core/rtcp/builder.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/packet.hpp"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace parley::bench {
namespace {

constexpr Duration report_interval = 1s;
constexpr Duration timer_interval = 50ms;
/// Fixed header and one extension block with the mid "0".
constexpr std::size_t header_size = rtp::fixed_header_size + 8;

timespec to_timespec(Duration duration) {
    const auto ns = std::max<Duration::rep>(duration.count(), 0);
    return {ns / 1'000'000'000, ns % 1'000'000'000};
}

NtpTime wall_clock() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    constexpr std::uint64_t unix_epoch = 2'208'988'800; // seconds from 1900 to 1970
    return NtpTime{(static_cast<std::uint64_t>(now.tv_sec) + unix_epoch) << 32 |
                   ((static_cast<std::uint64_t>(now.tv_nsec) << 32) / 1'000'000'000)};
}

} // namespace

Publisher::Publisher(std::unique_ptr<Peer> peer, VideoCodec codec, std::uint8_t payload_type,
                     std::uint32_t ssrc)
    : peer_{std::move(peer)}
    , codec_{codec}
    , payload_type_{payload_type}
    , ssrc_{ssrc}
    , wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}
    , thread_{[this] { loop(); }} {}

Publisher::~Publisher() {
    stop_ = true;
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
    thread_.join();
    ::close(wake_);
}

void Publisher::start(Pattern pattern, Duration length) {
    {
        const std::lock_guard lock{mutex_};
        job_ = Job{std::move(pattern), length};
        result_.reset();
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
}

std::optional<Published> Publisher::finished() {
    const std::lock_guard lock{mutex_};
    return std::exchange(result_, std::nullopt);
}

void Publisher::loop() {
    // On time even when the receivers' thread keeps this core busy; as root only.
    const sched_param priority{.sched_priority = 10};
    ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority);
    ::prctl(PR_SET_TIMERSLACK, 1);
    while (!stop_) {
        std::optional<Job> job;
        {
            const std::lock_guard lock{mutex_};
            job = std::exchange(job_, std::nullopt);
        }
        if (job) {
            run(std::move(*job));
        } else {
            serve(timer_interval);
        }
    }
}

void Publisher::run(Job job) {
    sent_ = {};
    late_us_.clear();
    keyframe_wanted_ = true;
    const auto start = clock_now();
    for (auto round = start; !stop_; round += job.pattern.period) {
        for (const auto& planned : job.pattern.packets) {
            const auto due = round + planned.at;
            if (planned.first && due - start >= job.length) {
                flush();
                sent_.length = due - start;
                sent_.late_p99 = std::chrono::microseconds{percentile(late_us_, 0.99)};
                const std::lock_guard lock{mutex_};
                result_ = sent_;
                return;
            }
            if (due > clock_now()) {
                flush();
                wait_until(due);
            }
            if (stop_) return;
            prepare(planned, due);
            if (prepared_ == batch) flush();
        }
    }
}

void Publisher::wait_until(Instant due) {
    for (auto now = clock_now(); now < due && !stop_; now = clock_now())
        serve(due - now);
}

/// Waits for at most `patience`, and sees to what the server sends and to the timers meanwhile.
void Publisher::serve(Duration patience) {
    std::array<pollfd, 2> waiting{{{peer_->socket(), POLLIN, 0}, {wake_, POLLIN, 0}}};
    const auto timeout = to_timespec(std::min(patience, timer_interval));
    if (::ppoll(waiting.data(), waiting.size(), &timeout, nullptr) > 0 &&
        (waiting[1].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        (void)!::read(wake_, &count, sizeof count);
    }
    const auto now = clock_now();
    if ((waiting[0].revents & POLLIN) != 0) drain_socket(now);
    if (now >= next_timer_) {
        next_timer_ = now + timer_interval;
        peer_->handle_timeout(now);
        if (!peer_->failure().empty()) failed_ = true;
    }
    if (count_ > 0 && now >= next_report_) send_report(now);
}

void Publisher::drain_socket(Instant now) {
    for (;;) {
        const auto size = ::recv(peer_->socket(), incoming_.data(), incoming_.size(), 0);
        if (size < 0) return;
        const MutBytes datagram{incoming_.data(), static_cast<std::size_t>(size)};
        if (peer_->handle(datagram, now) == Peer::Traffic::rtcp) handle_rtcp(datagram);
    }
}

void Publisher::handle_rtcp(MutBytes datagram) {
    const auto plain = peer_->receiver().unprotect_rtcp(datagram);
    if (!plain) return;
    auto reader = rtcp::CompoundReader::open(*plain);
    if (!reader) return;
    while (const auto item = reader->next()) {
        if (std::holds_alternative<rtcp::Pli>(*item) || std::holds_alternative<rtcp::Fir>(*item)) {
            keyframe_wanted_ = true;
            ++keyframe_requests_;
        } else if (std::holds_alternative<rtcp::Nack>(*item)) {
            ++nacks_;
        }
    }
}

std::uint32_t Publisher::timestamp_at(Instant at) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch());
    return static_cast<std::uint32_t>(us.count() * 9 / 100);
}

void Publisher::prepare(const PlannedPacket& planned, Instant due) {
    if (planned.first) {
        frame_.timestamp = timestamp_at(due);
        frame_.index = 0;
        frame_.keyframe = planned.keyframe || std::exchange(keyframe_wanted_, false);
        sent_.keyframes += frame_.keyframe ? 1 : 0;
        picture_id_ = static_cast<std::uint16_t>((picture_id_ + 1) & 0x7FFF);
    }
    auto& buffer = arena_[prepared_];
    rtp::FixedHeader header;
    header.payload_type = payload_type_;
    header.marker = planned.marker;
    header.extension = true;
    header.sequence = static_cast<std::uint16_t>(index_);
    header.timestamp = frame_.timestamp;
    header.ssrc = rtp::Ssrc{ssrc_};
    rtp::write_fixed_header(buffer.data(), header);
    auto* extension = buffer.data() + rtp::fixed_header_size;
    store_be16(extension, 0xBEDE);
    store_be16(extension + 2, 1);
    extension[4] = static_cast<std::uint8_t>(mid_extension << 4);
    extension[5] = '0';
    store_be16(extension + 6, 0);

    const auto now = clock_now();
    const MutBytes payload{buffer.data() + header_size, planned.size - header_size};
    write_payload(payload, codec_, {frame_.index, planned.marker, frame_.keyframe, picture_id_},
                  {now, count_});
    const auto size = peer_->sender().protect_rtp(buffer, index_, header_size, planned.size, {});
    sizes_[prepared_++] = size;
    ++index_;
    ++frame_.index;
    ++count_;
    octets_ += payload.size();
    ++sent_.packets;
    sent_.bytes += planned.size;
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(now - due).count();
    late_us_.push_back(static_cast<std::uint32_t>(std::max<decltype(late)>(late, 0)));
}

void Publisher::flush() {
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> parts{};
    for (std::size_t i = 0; i < prepared_; ++i) {
        parts[i] = {arena_[i].data(), sizes_[i]};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    std::size_t done = 0;
    while (done < prepared_) {
        const auto n = ::sendmmsg(peer_->socket(), messages.data() + done,
                                  static_cast<unsigned>(prepared_ - done), MSG_NOSIGNAL);
        if (n > 0) {
            done += static_cast<std::size_t>(n);
        } else {
            ++sent_.send_failures;
            ++done;
        }
    }
    prepared_ = 0;
}

void Publisher::send_report(Instant now) {
    next_report_ = now + report_interval;
    std::array<std::uint8_t, 256> buffer{};
    rtcp::CompoundBuilder report{buffer};
    rtcp::SenderInfo info;
    info.ssrc = ssrc_;
    info.ntp = wall_clock();
    info.rtp_timestamp = timestamp_at(now);
    info.packet_count = static_cast<std::uint32_t>(count_);
    info.octet_count = static_cast<std::uint32_t>(octets_);
    if (!report.sender_report(info) || !report.sdes_cname(ssrc_, "bench")) return;
    const auto size = peer_->sender().protect_rtcp(buffer, report.size());
    peer_->send({buffer.data(), size});
}

} // namespace parley::bench
