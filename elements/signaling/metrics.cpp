// Server statistics in Prometheus' text format.
#include "elements/signaling/rest.hpp"

#include <fmt/format.h>

#include <string_view>

namespace parley::signaling {
namespace {

/// One metric family: its help and type once, then a line for each value.
class Family {
  public:
    Family(std::string& out, std::string_view name, std::string_view type, std::string_view help)
        : out_{out}, name_{name} {
        out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    }
    template <class Value>
    void add(std::string_view labels, Value value) {
        out_ += fmt::format("{}{{{}}} {}\n", name_, labels, value);
    }

  private:
    std::string& out_;
    std::string_view name_;
};

/// Names are identifiers, checked on their way in, so that labels need no escapes; a track's source
/// name is the server's own.
std::string worker_labels(const room::WorkerStats& w) {
    return fmt::format("worker=\"{}\"", w.worker);
}

std::string room_labels(const room::RoomStats& r) {
    return fmt::format("room=\"{}\"", r.name);
}

template <class Read>
void per_worker(std::string& out, const room::ServerStats& stats, std::string_view name,
                std::string_view type, std::string_view help, Read read) {
    Family family{out, name, type, help};
    for (const auto& w : stats.workers)
        family.add(worker_labels(w), read(w));
}

template <class Read>
void per_room(std::string& out, const room::ServerStats& stats, std::string_view name,
              std::string_view type, std::string_view help, Read read) {
    Family family{out, name, type, help};
    for (const auto& w : stats.workers) {
        for (const auto& r : w.rooms)
            family.add(room_labels(r), read(r));
    }
}

template <class Read>
void per_layer(std::string& out, const room::ServerStats& stats, std::string_view name,
               std::string_view type, std::string_view help, Read read) {
    Family family{out, name, type, help};
    for (const auto& w : stats.workers) {
        for (const auto& r : w.rooms) {
            for (const auto& t : r.tracks) {
                for (const auto& l : t.layers) {
                    family.add(
                        fmt::format("{},track=\"{}\",rid=\"{}\"", room_labels(r), t.info.id, l.rid),
                        read(l));
                }
            }
        }
    }
}

} // namespace

std::string metrics_text(const room::ServerStats& stats) {
    using room::LayerStats;
    using room::RoomStats;
    using room::WorkerStats;
    std::string out;
    const auto worker = [&](std::string_view name, std::string_view help, auto member) {
        per_worker(out, stats, name, "counter", help,
                   [member](const WorkerStats& w) { return w.*member; });
    };
    worker("parley_received_packets_total", "Datagrams and frames received.",
           &WorkerStats::packets_received);
    worker("parley_received_bytes_total", "Bytes received.", &WorkerStats::bytes_received);
    worker("parley_sent_packets_total", "Datagrams and frames sent.", &WorkerStats::packets_sent);
    worker("parley_sent_bytes_total", "Bytes sent.", &WorkerStats::bytes_sent);
    worker("parley_dropped_packets_total", "Packets of unknown senders and malformed ones.",
           &WorkerStats::packets_dropped);
    worker("parley_send_failures_total", "Packets that the kernel had no room for.",
           &WorkerStats::send_failures);
    worker("parley_loop_turns_total", "Turns of the event loop.", &WorkerStats::turns);
    per_worker(out, stats, "parley_rooms", "gauge", "Rooms that are open.",
               [](const WorkerStats& w) { return w.rooms.size(); });

    per_room(out, stats, "parley_room_participants", "gauge", "Participants in a room.",
             [](const RoomStats& r) { return r.participants.size(); });
    per_room(out, stats, "parley_room_tracks", "gauge", "Tracks published in a room.",
             [](const RoomStats& r) { return r.tracks.size(); });
    per_room(out, stats, "parley_room_subscriptions", "gauge", "Subscriptions in a room.",
             [](const RoomStats& r) { return r.subscriptions.size(); });

    const auto layer = [&](std::string_view name, std::string_view type, std::string_view help,
                           auto member) {
        per_layer(out, stats, name, type, help,
                  [member](const LayerStats& l) { return l.*member; });
    };
    layer("parley_layer_received_packets_total", "counter", "RTP packets received.",
          &LayerStats::packets_received);
    layer("parley_layer_received_bytes_total", "counter", "RTP bytes received.",
          &LayerStats::bytes_received);
    // May fall: late packets are taken back from it (RFC 3550, section 6.4.1).
    layer("parley_layer_lost_packets", "gauge", "RTP packets lost.", &LayerStats::packets_lost);
    layer("parley_layer_nacks_total", "counter", "Negative acknowledgements sent.",
          &LayerStats::nack_count);
    layer("parley_layer_plis_total", "counter", "Keyframes asked for.", &LayerStats::pli_count);
    layer("parley_layer_jitter_seconds", "gauge", "Interarrival jitter.", &LayerStats::jitter);
    layer("parley_layer_bits_per_second", "gauge", "Bit rate over the last second.",
          &LayerStats::bitrate);
    return out;
}

} // namespace parley::signaling
