// One person at a page of the product: joins, looks and listens.
import assert from 'node:assert/strict';
import { counter_bits, people } from './capture_files.js';
import { until } from './wait.js';

const color_tolerance = 45; // of 255, a channel: codecs and colour ranges differ a little
const tone_tolerance = 15; // Hz

export class Participant {
  page;
  name;
  errors = [];
  #close;

  constructor(page, name, close) {
    this.page = page;
    this.name = name;
    this.#close = close;
    page.on('pageerror', (error) => this.errors.push(error.stack ?? String(error)));
  }

  /** Opens the page and joins by its address. `options`: more of the address, e.g. {codec: 'VP9'}. */
  async join(server, room, options = {}) {
    await this.open(server, { room, name: this.name, autojoin: 1, processing: 0, ...options });
    await this.inside();
  }

  async open(server, query = {}) {
    await this.page.goto(`${server.url}/?${new URLSearchParams(query)}`);
  }

  async inside(timeout) {
    await until(
      `${this.name} is in the room`,
      () => this.page.evaluate(() => window.parley?.state === 'joined'),
      timeout,
    );
  }

  async leave() {
    await this.page.evaluate(() => document.getElementById('control-leave').click());
    await until(`${this.name} has left`, () => this.page.evaluate(() => window.parley.state === 'left'));
  }

  /** Closes the page; uncaught errors of its scripts fail the test here. */
  async close() {
    await this.#close();
    assert.deepEqual(this.errors, [], `errors in ${this.name}'s page`);
  }

  /** The id of somebody's track of this source, once it is received. */
  async trackOf(name, source, timeout) {
    return until(
      `${this.name} receives ${name}'s ${source}`,
      () => this.page.evaluate(([wanted, kind]) => {
        const owner = window.parley.participants.find((one) => one.name === wanted);
        return window.parley.tracks.find(
          (track) => track.participant === owner?.id && track.source === kind && track.received,
        )?.id;
      }, [name, source]),
      timeout,
    );
  }

  /** What the element of a video track shows now: its colour, and its frame counter. */
  picture(trackId) {
    return this.page.evaluate(([id, bits]) => {
      const video = window.parley.video(id);
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
    }, [trackId, counter_bits]);
  }

  /** Somebody's camera is seen: the right colour, and it moves. Gives the track's id. */
  async sees(name, { timeout = 15000, source = 'camera', frames = 4 } = {}) {
    const trackId = await this.trackOf(name, source, timeout);
    const counters = new Set();
    await until(
      `${this.name} sees ${name} move, in the right colour`,
      async () => {
        const picture = await this.picture(trackId);
        if (!picture) return false;
        const expected = people[name]?.color;
        const wrong = expected?.some((value, channel) =>
          Math.abs(value - picture.color[channel]) > color_tolerance);
        if (wrong) throw new Error(`the colour is ${picture.color}, not ${expected}`);
        counters.add(picture.counter);
        return counters.size >= frames;
      },
      timeout,
    );
    return trackId;
  }

  /** Somebody's microphone is heard: the tone is the strongest frequency. Gives the track's id. */
  async hears(name, { timeout = 15000, source = 'microphone' } = {}) {
    const trackId = await this.trackOf(name, source, timeout);
    const { tone } = people[name];
    await until(
      `${this.name} hears ${name}'s tone of ${tone} Hz`,
      async () => {
        const heard = await this.page.evaluate(listen, trackId);
        if (heard.level < -60) throw new Error(`it is silent: ${heard.level.toFixed(1)} dB`);
        if (Math.abs(heard.frequency - tone) > tone_tolerance) {
          throw new Error(`the strongest frequency is ${heard.frequency.toFixed(0)} Hz`);
        }
        return true;
      },
      timeout,
    );
    return trackId;
  }

  /** The inbound-rtp statistics of a track, or undefined. */
  inbound(trackId) {
    return this.page.evaluate(async (id) => {
      const mids = window.parley.mids('subscriber');
      const stats = await window.parley.stats('subscriber');
      return stats.find((one) => one.type === 'inbound-rtp' && mids[one.mid] === id);
    }, trackId);
  }

  outbound(source) {
    return this.page.evaluate(async (wanted) => {
      const mids = window.parley.mids('publisher');
      const stats = await window.parley.stats('publisher');
      return stats.filter((one) => one.type === 'outbound-rtp' && mids[one.mid] === wanted);
    }, source);
  }

  /** Decodes at least `frames` more frames of a track from now on. */
  async decodes(trackId, frames = 10, timeout = 15000) {
    const before = (await this.inbound(trackId))?.framesDecoded ?? 0;
    await until(
      `${this.name} decodes ${frames} more frames of ${trackId}`,
      async () => ((await this.inbound(trackId))?.framesDecoded ?? 0) >= before + frames,
      timeout,
    );
  }

  /** From now on, notes the longest time between two frames shown of a track. */
  watchGaps(trackId) {
    return this.page.evaluate((id) => {
      const video = window.parley.video(id);
      const watch = { last: performance.now(), longest: 0, frames: 0 };
      const onFrame = (now) => {
        watch.longest = Math.max(watch.longest, now - watch.last);
        watch.last = now;
        watch.frames += 1;
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback((now) => {
        watch.last = now;
        video.requestVideoFrameCallback(onFrame);
      });
      window.gaps ??= new Map();
      window.gaps.set(id, watch);
    }, trackId);
  }

  /** { longest (ms, with the one that lasts now), frames } since watchGaps(). */
  gaps(trackId) {
    return this.page.evaluate((id) => {
      const { last, longest, frames } = window.gaps.get(id);
      return { longest: Math.max(longest, performance.now() - last), frames };
    }, trackId);
  }

  /** Presses the page's button for it; done when both connections use new credentials. */
  async restartIce() {
    const credentials = () => this.page.evaluate(() => window.spied.connections.slice(-2).map((one) => {
      const ufrag = (description) => /a=ice-ufrag:(\S+)/.exec(description?.sdp)?.[1];
      return `${ufrag(one.currentLocalDescription)} ${ufrag(one.currentRemoteDescription)}`;
    }));
    const before = await credentials();
    await this.page.evaluate(() => {
      if (document.getElementById('panel-stats').offsetParent === null) {
        document.getElementById('control-stats').click();
      }
    });
    await until('the statistics are open', () => this.page.evaluate(() =>
      Boolean(document.getElementById('restart-ice'))));
    await this.click('#restart-ice');
    await until(`${this.name} has new ICE credentials on both connections`, async () =>
      (await credentials()).every((one, index) => one !== before[index]));
  }

  connections() {
    return this.page.evaluate(() => window.parley.connections);
  }

  /** Sends a message of the rooms protocol as if the page had. */
  send(message) {
    return this.page.evaluate((one) => window.spied.sockets.at(-1).send(JSON.stringify(one)), message);
  }

  text(selector) {
    return this.page.evaluate((one) => document.querySelector(one)?.textContent ?? null, selector);
  }

  click(selector) {
    return this.page.evaluate((one) => document.querySelector(one).click(), selector);
  }
}

// Runs in the page: the strongest frequency (Hz) of a track and its level (dB).
async function listen(trackId) {
  window.listening ??= new Map();
  if (!window.listening.has(trackId)) {
    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    context
      .createMediaStreamSource(new MediaStream([window.parley.media(trackId)]))
      .connect(analyser);
    window.listening.set(trackId, { context, analyser });
  }
  const { context, analyser } = window.listening.get(trackId);
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let peak = 0;
  for (let bin = 1; bin < bins.length; bin += 1) if (bins[bin] > bins[peak]) peak = bin;
  return { frequency: (peak * context.sampleRate) / analyser.fftSize, level: bins[peak] };
}
