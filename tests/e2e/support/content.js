// Looking at pictures and listening to sounds: `look` and `listen` run in the page, and take a track's
// id, or the element or MediaStreamTrack's name in `window.extra` where there is no room.
import { people } from './capture_files.js';
import { until } from './wait.js';

const color_tolerance = 45; // of 255, a channel: codecs and colour ranges differ a little
const tone_tolerance = 15; // Hz
const silence = -60; // dB

/** Waits until `probe` (see look) has shown `frames` different frames, all in the colour of `name`. */
export async function movesInColor(what, probe, { name, frames = 4, timeout = 15000 }) {
  const expected = people[name].color;
  const counters = new Set();
  await until(what, async () => {
    const picture = await probe();
    if (!picture) return false;
    const wrong = expected.some((value, channel) =>
      Math.abs(value - picture.color[channel]) > color_tolerance);
    if (wrong) throw new Error(`the colour is ${picture.color}, not ${expected}`);
    counters.add(picture.counter);
    return counters.size >= frames;
  }, timeout);
}

/** Waits until `probe` (see listen) hears the tone of `name`. */
export async function soundsRight(what, probe, { name, timeout = 15000 }) {
  const { tone } = people[name];
  await until(what, async () => {
    const heard = await probe();
    if (heard.level < silence) throw new Error(`it is silent: ${heard.level.toFixed(1)} dB`);
    if (Math.abs(heard.frequency - tone) > tone_tolerance) {
      throw new Error(`the strongest frequency is ${heard.frequency.toFixed(0)} Hz, not ${tone} Hz`);
    }
    return true;
  }, timeout);
}

/** The mean colour of a track's picture and its frame counter (see capture_files.js), or null. */
export function look([trackId, bits]) {
  const video = window.extra?.[trackId] ?? window.parley.video(trackId);
  if (!video || video.readyState < 2 || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 96;
  canvas.height = 54;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const mean = (left, top, width, height) => {
    const { data } = context.getImageData(left, top, width, height);
    const sum = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      for (let channel = 0; channel < 3; channel += 1) sum[channel] += data[at + channel];
    }
    return sum.map((value) => Math.round(value / (data.length / 4)));
  };
  let counter = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    const block = canvas.width / bits;
    const [level] = mean(Math.round(bit * block + block / 4), 44, Math.round(block / 2), 7);
    if (level > 127) counter |= 1 << bit;
  }
  return {
    color: mean(8, 12, 80, 24),
    counter,
    width: video.videoWidth,
    height: video.videoHeight,
  };
}

/** The strongest frequency (Hz) of a track and its level (dB). */
export async function listen(trackId) {
  window.listening ??= new Map();
  const track = window.extra?.[trackId] ?? window.parley.media(trackId);
  if (window.listening.get(trackId)?.track !== track) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    window.listening.set(trackId, { context, analyser, track });
  }
  const { context, analyser } = window.listening.get(trackId);
  if (context.state === 'running') {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let peak = 0;
    for (let bin = 1; bin < bins.length; bin += 1) if (bins[bin] > bins[peak]) peak = bin;
    return { frequency: (peak * context.sampleRate) / analyser.fftSize, level: bins[peak] };
  }
  // Firefox runs no AudioContext where there is no sound card, but it records: a tone's frequency is
  // half the number of its zero crossings a second.
  const recorder = new MediaRecorder(new MediaStream([track]));
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  await new Promise((done) => { setTimeout(done, 500); });
  recorder.stop();
  await new Promise((done) => { recorder.onstop = done; });
  const file = await new Blob(parts).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(file);
  const samples = sound.getChannelData(0).slice(sound.length / 4); // the beginning may be silent
  let crossings = 0;
  let energy = 0;
  for (let at = 1; at < samples.length; at += 1) {
    if (samples[at - 1] < 0 !== samples[at] < 0) crossings += 1;
    energy += samples[at] ** 2;
  }
  return {
    frequency: (crossings / 2 / samples.length) * sound.sampleRate,
    level: 10 * Math.log10(energy / samples.length + 1e-12),
  };
}
