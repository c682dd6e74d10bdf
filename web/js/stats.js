// getStats() as rows that a person can read: one a track, with rates since the sample before.

/**
 * Samples both connections. Each row: { direction: 'sent'|'received', source or track, kind, codec,
 * width, height, fps, bitrate (bit/s), loss (0..1), rtt (s), layers (sent: how many are active) };
 * what is not known yet is undefined.
 */
export class StatsSampler {
  #before = new Map(); // stats id -> {at, bytes, packets, lost}

  async sample(room) {
    const [sent, received] = await Promise.all([
      room.publisher?.pc.getStats(),
      room.subscriber?.pc.getStats(),
    ]);
    const seen = new Map();
    const rows = [
      ...(sent ? this.#sent(sent, room.publisher.mids(), seen) : []),
      ...(received ? this.#received(received, room.subscriber.mids(), seen) : []),
    ];
    this.#before = seen;
    return rows;
  }

  #sent(report, mids, seen) {
    const rows = new Map();
    for (const stats of report.values()) {
      if (stats.type !== 'outbound-rtp' || !mids.has(stats.mid)) continue;
      const rate = this.#rate(stats.id, stats.timestamp, { bytes: stats.bytesSent }, seen);
      const remote = report.get(stats.remoteId);
      const row = rows.get(stats.mid) ?? {
        direction: 'sent',
        source: mids.get(stats.mid),
        kind: stats.kind,
        bitrate: 0,
        layers: 0,
      };
      rows.set(stats.mid, row);
      row.codec ??= codecName(report, stats);
      row.bitrate += rate.bitrate ?? 0;
      if (stats.active !== false && rate.bitrate > 0) row.layers += 1;
      row.rtt ??= remote?.roundTripTime;
      row.loss = maximum(row.loss, remote?.fractionLost);
      if ((stats.frameWidth ?? 0) >= (row.width ?? 0)) {
        Object.assign(row, {
          width: stats.frameWidth,
          height: stats.frameHeight,
          fps: stats.framesPerSecond,
        });
      }
    }
    return rows.values();
  }

  #received(report, mids, seen) {
    const rows = [];
    const rtt = pathRtt(report);
    for (const stats of report.values()) {
      if (stats.type !== 'inbound-rtp' || !mids.has(stats.mid)) continue;
      const counts = {
        bytes: stats.bytesReceived,
        packets: stats.packetsReceived,
        lost: stats.packetsLost,
      };
      rows.push({
        direction: 'received',
        track: mids.get(stats.mid),
        kind: stats.kind,
        codec: codecName(report, stats),
        width: stats.frameWidth,
        height: stats.frameHeight,
        fps: stats.framesPerSecond,
        rtt,
        ...this.#rate(stats.id, stats.timestamp, counts, seen),
      });
    }
    return rows;
  }

  #rate(id, at, counts, seen) {
    const before = this.#before.get(id);
    seen.set(id, { at, ...counts });
    const seconds = before ? (at - before.at) / 1000 : 0;
    if (seconds <= 0) return {};
    const lost = Math.max(0, (counts.lost ?? 0) - (before.lost ?? 0));
    const arrived = Math.max(0, (counts.packets ?? 0) - (before.packets ?? 0));
    return {
      bitrate: Math.max(0, ((counts.bytes - before.bytes) * 8) / seconds),
      ...(counts.packets === undefined ? {} : { loss: lost ? lost / (lost + arrived) : 0 }),
    };
  }
}

function codecName(report, stats) {
  return report.get(stats.codecId)?.mimeType?.split('/')[1];
}

function pathRtt(report) {
  for (const stats of report.values()) {
    if (stats.type === 'candidate-pair' && stats.nominated && stats.state === 'succeeded') {
      return stats.currentRoundTripTime;
    }
  }
  return undefined;
}

function maximum(a, b) {
  return a === undefined || b > a ? b : a;
}
