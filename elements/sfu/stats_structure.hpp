// Server statistics as a GstStructure, for the `stats` property of rtcsfu.
//
// Names are those of W3C webrtc-stats where one exists, in GStreamer's spelling.
//
//   parley-sfu-stats
//     workers            GstValueArray of parley-worker-stats
//   parley-worker-stats
//     worker, port                                   uint
//     packets-received, bytes-received, packets-sent, bytes-sent,
//     packets-dropped (nobody's: unknown flow, malformed), send-failures (the kernel had no room),
//     turns (of the event loop)                      uint64
//     rooms              GstValueArray of parley-room-stats
//   parley-room-stats
//     name                                           string
//     participants       GstValueArray of parley-participant: id, name, role  strings
//     transports         GstValueArray of parley-transport-stats
//     tracks             GstValueArray of parley-track-stats
//     subscriptions      GstValueArray of parley-subscription-stats
//   parley-transport-stats
//     participant, connection, dtls-state, srtp-cipher, selected-flow          string
//     packets-received, packets-sent, bytes-received, bytes-sent,
//     authentication-failures, replays               uint64
//   parley-track-stats
//     id, participant, kind, source, codec           string
//     muted                                          boolean
//     subscriptions                                  uint
//     layers             GstValueArray of parley-layer-stats
//   parley-layer-stats
//     rid                                            string
//     ssrc, frame-width, frame-height                uint
//     active                                         boolean
//     packets-received, bytes-received, packets-discarded, retransmitted-packets-received,
//     nack-count, pli-count, key-frames              uint64
//     packets-lost                                   int64
//     jitter (seconds), bitrate (bit/s over the last second)   double
//   parley-subscription-stats
//     track, participant, layer                      string
//     ssrc                                           uint
//     paused                                         boolean
//     packets-sent, bytes-sent, retransmitted-packets-sent, nack-count, pli-count   uint64
//     fraction-lost (0 to 1), round-trip-time (seconds)        double
#pragma once

#include "core/room/stats.hpp"
#include "elements/common/gst_ptr.hpp"

namespace parley::sfu {

GstStructurePtr to_structure(const room::ServerStats& stats);

} // namespace parley::sfu
