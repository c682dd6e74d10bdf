#include "bench/sfu/load.hpp"

#include "bench/sfu/server_usage.hpp"
#include "core/base/random.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <time.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace parley::bench {
namespace {

using Json = nlohmann::json;

constexpr Duration connect_patience = 10s;
/// Nothing has come for so long: nothing is on its way any more.
constexpr Duration quiet_time = 300ms;
/// How long a server may take to send what has piled up in it.
constexpr Duration drain_patience = 5s;

double microseconds(Duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

Duration own_cpu() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

/// Subscribers whose ICE and DTLS are under way while the next one is signalled.
constexpr std::size_t max_pending = 8;

struct Pending {
    Peer* peer;
    Instant start;
};

/// A random SSRC that is not zero.
std::uint32_t some_ssrc() {
    return random_u32() | 1;
}

} // namespace

Load::Load(LoadSettings settings)
    : settings_{std::move(settings)}, receivers_{settings_.kernel_timestamps} {}

Result<std::unique_ptr<Load>> Load::create(LoadSettings settings) {
    // A socket for each subscriber.
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);

    std::unique_ptr<Load> load{new Load{std::move(settings)}};
    auto certificate = dtls::Context::create();
    if (!certificate) return tl::make_unexpected(certificate.error());
    load->certificate_ = std::move(*certificate);
    auto signaling = load->settings_.server == "janus"
                         ? make_janus_signaling(load->settings_.address, load->settings_.codec)
                         : make_whip_signaling(load->settings_.address, load->settings_.room);
    if (!signaling) return tl::make_unexpected(signaling.error());
    load->signaling_ = std::move(*signaling);
    return load;
}

Result<Json> Load::command(const Json& command) {
    if (!command.is_object()) return fail("a command is one JSON object on one line");
    const auto what = command.value("do", "");
    if (what == "publish") return publish();
    if (what == "subscribe") return subscribe(command.value("count", std::size_t{1}));
    if (what == "usage") return usage();
    if (what == "run") {
        const auto length = std::chrono::duration<double>(command.value("seconds", 5.0));
        receivers_.spin(command.value("spin", false));
        return measure(command.value("pattern", "fives"), command.value("rate", 150.0),
                       std::chrono::duration_cast<Duration>(length));
    }
    if (what == "record") {
        const auto length = std::chrono::duration<double>(command.value("seconds", 10.0));
        return record(command.value("path", "trace.txt"), command.value("title", ""),
                      std::chrono::duration_cast<Duration>(length));
    }
    return fail("unknown command \"" + what + "\"");
}

Result<std::unique_ptr<Peer>> Load::open_peer() const {
    PeerSettings settings;
    settings.certificate = certificate_;
    settings.profile = settings_.profile;
    settings.receive_timestamps = settings_.kernel_timestamps;
    return Peer::open(settings);
}

Result<Json> Load::publish() {
    if (publisher_) return fail("there is a publisher already");
    auto peer = open_peer();
    if (!peer) return tl::make_unexpected(peer.error());
    auto local = (*peer)->local();
    local.codec = settings_.codec;
    local.ssrc = some_ssrc();
    local.rtx_ssrc = some_ssrc();
    auto remote = signaling_->publish(local);
    if (!remote) return tl::make_unexpected(remote.error());
    const auto start = clock_now();
    if (auto connected = (*peer)->connect(*remote, start); !connected) {
        return tl::make_unexpected(connected.error());
    }
    // Not one of the receivers: its socket is read here until the publisher's thread takes it.
    std::vector<std::uint8_t> buffer(2048);
    while (!(*peer)->connected()) {
        const auto now = clock_now();
        if (!(*peer)->failure().empty() || now - start > connect_patience) {
            return fail(fmt::format("the publisher does not connect: {}", (*peer)->failure()));
        }
        const auto size = ::recv((*peer)->socket(), buffer.data(), buffer.size(), 0);
        if (size >= 0) {
            (*peer)->handle({buffer.data(), static_cast<std::size_t>(size)}, now);
        } else {
            (*peer)->handle_timeout(now);
            receivers_.poll(1ms);
        }
    }
    publisher_ = std::make_unique<Publisher>(std::move(*peer), settings_.codec,
                                             remote->payload_type, local.ssrc);
    return Json{{"connected_ms", microseconds(clock_now() - start) / 1e3}};
}

Result<Json> Load::subscribe(std::size_t count) {
    const auto before = server_usage(settings_.pid);
    if (!before) return tl::make_unexpected(before.error());
    std::vector<Pending> pending;
    std::vector<double> times;
    const auto settle = [&](std::size_t allowed) -> Result<void> {
        while (pending.size() > allowed) {
            receivers_.poll(1ms);
            const auto now = clock_now();
            for (auto at = pending.begin(); at != pending.end();) {
                if (at->peer->connected()) {
                    times.push_back(microseconds(now - at->start) / 1e3);
                    at = pending.erase(at);
                } else if (!at->peer->failure().empty() || now - at->start > connect_patience) {
                    return fail(
                        fmt::format("a subscriber does not connect: {}", at->peer->failure()));
                } else {
                    ++at;
                }
            }
        }
        return {};
    };
    for (std::size_t i = 0; i < count; ++i) {
        const auto start = clock_now();
        auto peer = open_peer();
        if (!peer) return tl::make_unexpected(peer.error());
        auto local = (*peer)->local();
        local.codec = settings_.codec;
        auto remote = signaling_->subscribe(local);
        if (!remote) return tl::make_unexpected(remote.error());
        auto& subscriber = receivers_.add(std::move(*peer), remote->payload_type);
        if (auto connected = subscriber.connect(*remote, clock_now()); !connected) {
            return tl::make_unexpected(connected.error());
        }
        pending.push_back({&subscriber, start});
        if (auto settled = settle(max_pending - 1); !settled) {
            return tl::make_unexpected(settled.error());
        }
        receivers_.poll(Duration{0});
    }
    if (auto settled = settle(0); !settled) return tl::make_unexpected(settled.error());
    // What the server still does for the last of them belongs to their set-up.
    serve_for(quiet_time);
    const auto after = server_usage(settings_.pid);
    if (!after) return tl::make_unexpected(after.error());
    const auto n = static_cast<double>(std::max<std::size_t>(count, 1));
    return Json{
        {"subscribers", receivers_.size()},
        {"setup_cpu_us", microseconds(after->cpu - before->cpu) / n},
        {"setup_ms_p50", percentile(times, 0.5)},
        {"setup_ms_p99", percentile(times, 0.99)},
        {"rss_each", (static_cast<double>(after->rss) - static_cast<double>(before->rss)) / n},
        {"threads_each",
         (static_cast<double>(after->threads) - static_cast<double>(before->threads)) / n}};
}

void Load::serve_until_quiet() {
    const auto start = clock_now();
    for (auto now = start; now - start < drain_patience; now = clock_now()) {
        const auto quiet_since = std::max(start, receivers_.last_arrival());
        if (now - quiet_since >= quiet_time) return;
        receivers_.poll(quiet_since + quiet_time - now);
    }
}

void Load::serve_for(Duration length) {
    const auto end = clock_now() + length;
    for (auto now = clock_now(); now < end; now = clock_now())
        receivers_.poll(end - now);
}

Result<Json> Load::measure(const std::string& pattern_name, double rate, Duration length) {
    if (!publisher_) return fail("nobody publishes yet");
    auto pattern = make_pattern(pattern_name, rate);
    if (!pattern) return tl::make_unexpected(pattern.error());

    serve_until_quiet();
    receivers_.reset_counts();
    const auto requests = publisher_->keyframe_requests();
    const auto nacks = publisher_->nacks();
    const auto own_before = own_cpu();
    const auto start = clock_now();
    const auto before = server_cpu(settings_.pid);
    if (!before) return tl::make_unexpected(before.error());
    publisher_->start(std::move(*pattern), length);
    std::optional<Published> published;
    while (!(published = publisher_->finished())) {
        receivers_.poll(5ms);
        if (publisher_->failed()) return fail("the server ended the publisher's session");
        if (clock_now() - start > 3 * length + 10s) return fail("the publisher does not keep pace");
    }
    const auto over = clock_now();
    serve_until_quiet();
    const auto after = server_usage(settings_.pid);
    if (!after) return tl::make_unexpected(after.error());
    receivers_.spin(false);
    const auto own = own_cpu() - own_before;
    const auto wall = clock_now() - start;
    auto received = receivers_.collect();
    // What had piled up in the server was not forwarded in time: it counts as time, not as rate.
    const auto behind = std::max(receivers_.last_arrival() - over, Duration{0});
    const auto forwarded_in = published->length + behind;

    const auto expected = published->packets * receivers_.size();
    const auto packets = static_cast<double>(received.packets);
    const auto cpu = after->cpu - *before;
    auto& delays = received.delays_ns;
    const auto delay_us = [&](double p) { return percentile(delays, p) / 1e3; };
    return Json{
        {"pattern", pattern_name},
        {"subscribers", receivers_.size()},
        {"profile", srtp::name(settings_.profile)},
        {"seconds", seconds(published->length)},
        {"published_packets", published->packets},
        {"published_bytes", published->bytes},
        {"published_rate", static_cast<double>(published->packets) / seconds(published->length)},
        {"keyframes", published->keyframes},
        {"keyframe_requests", publisher_->keyframe_requests() - requests},
        {"nacks", publisher_->nacks() - nacks},
        {"publisher_late_us_p99", microseconds(published->late_p99)},
        {"publisher_send_failures", published->send_failures},
        {"expected", expected},
        {"received", received.packets},
        {"received_least", received.least},
        {"received_bytes", received.bytes},
        {"forwarded_rate", packets / seconds(forwarded_in)},
        {"behind_ms", microseconds(behind) / 1e3},
        {"loss", expected == 0 ? 0.0 : 1 - packets / static_cast<double>(expected)},
        {"duplicates", received.duplicates},
        {"reordered", received.reordered},
        {"foreign", received.foreign},
        {"checked", received.checked},
        {"check_failures", received.check_failures},
        {"dropped_by_load", received.dropped_here},
        {"sessions_lost", received.sessions_lost},
        {"cpu_us", microseconds(cpu)},
        {"cpu_us_a_packet", packets > 0 ? microseconds(cpu) / packets : 0.0},
        {"server_load", seconds(cpu) / seconds(wall)},
        {"client_load", seconds(own) / seconds(wall)},
        {"delay_samples", delays.size()},
        {"delay_us_p50", delay_us(0.5)},
        {"delay_us_p99", delay_us(0.99)},
        {"delay_us_p999", delay_us(0.999)},
        {"delay_us_max", delay_us(1)},
        {"rss", after->rss},
        {"anonymous", after->anonymous},
        {"threads", after->threads}};
}

Result<Json> Load::record(const std::string& path, const std::string& title, Duration length) {
    Recording recording{settings_.codec};
    receivers_.record(&recording);
    serve_for(1s); // learns the SSRC
    receivers_.request_keyframe();
    serve_for(length);
    receivers_.record(nullptr);
    auto frames = recording.write(path, title);
    if (!frames) return tl::make_unexpected(frames.error());
    return Json{{"frames", *frames}};
}

Result<Json> Load::usage() const {
    const auto usage = server_usage(settings_.pid);
    if (!usage) return tl::make_unexpected(usage.error());
    return Json{{"cpu_us", microseconds(usage->cpu)},
                {"rss", usage->rss},
                {"anonymous", usage->anonymous},
                {"threads", usage->threads}};
}

} // namespace parley::bench
