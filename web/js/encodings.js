// How each kind of track is encoded: simulcast layers by capture size, bitrates, codec preference.

// Full size first. Browsers do not encode more layers than the capture's size is worth.
const camera_layers = [
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
];
const screen_bitrate = 2_500_000;
const music_bitrate = 128_000;

/** The `sendEncodings` for a track of this source, lowest layer first. */
export function encodingsFor(source, track, { simulcast, codec }) {
  if (source === 'screen') return [{ maxBitrate: screen_bitrate }];
  if (source === 'screen-audio') return [{ maxBitrate: music_bitrate }];
  if (source !== 'camera') return [{}];
  const { width = 1280, height = 720 } = track.getSettings();
  const layers = simulcast ? layerCount(Math.min(width, height)) : 1;
  if (layers === 1) return [{ maxBitrate: camera_layers[0].maxBitrate }];
  const encodings = camera_layers.slice(0, layers).map((layer) => ({ ...layer })).reverse();
  // Chromium sends VP9 and AV1 as one stream unless each encoding names a scalability mode.
  if (codec === 'VP9' || codec === 'AV1') {
    for (const encoding of encodings) encoding.scalabilityMode = 'L1T2';
  }
  return encodings;
}

function layerCount(shortSide) {
  if (shortSide >= 540) return 3;
  return shortSide >= 270 ? 2 : 1;
}

/** Lets a video transceiver offer this codec and nothing else (but retransmission). */
export function preferCodec(transceiver, codec) {
  const available = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const wanted = available.filter((c) => c.mimeType.toUpperCase() === `VIDEO/${codec}`);
  if (wanted.length === 0) throw new Error(`this browser has no ${codec} encoder`);
  const repair = available.filter((c) => /\/rtx$/i.test(c.mimeType));
  transceiver.setCodecPreferences([...wanted, ...repair]);
}
