// One person at a page of the product: joins, looks and listens.
import assert from 'node:assert/strict';
import { counter_bits } from './capture_files.js';
import { listen, look, movesInColor, soundsRight } from './content.js';
import { until } from './wait.js';

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

  /** The id of somebody's track of this source, once it is received; without a name: of anybody. */
  async trackOf(name, source, timeout) {
    return until(
      `${this.name} receives ${name ?? 'somebody'}'s ${source}`,
      () => this.receivedTrack(name, source),
      timeout,
    );
  }

  /** What trackOf() waits for: the id as of now, or undefined. */
  receivedTrack(name, source) {
    return this.page.evaluate(([wanted, kind]) => {
      const owners = window.parley.participants
        .filter((one) => wanted === null || one.name === wanted)
        .map(({ id }) => id);
      return window.parley.tracks.find(
        (track) => owners.includes(track.participant) && track.source === kind && track.received,
      )?.id;
    }, [name, source]);
  }

  /** What the element of a video track shows now: its colour, and its frame counter. */
  picture(trackId) {
    return this.page.evaluate(look, [trackId, counter_bits]);
  }

  /**
   * Somebody's camera is seen: the right colour, and it moves. Gives the track's id.
   * `from`: the publisher's name where it shows the colours of `name` under another one; null: anybody.
   */
  async sees(name, { timeout = 15000, source = 'camera', frames = 4, from = name } = {}) {
    // Looked up at each look: somebody who starts over meanwhile is seen on a new track.
    let trackId;
    await this.trackOf(from, source, timeout);
    await movesInColor(
      `${this.name} sees ${name} move, in the right colour`,
      async () => {
        trackId = await this.receivedTrack(from, source);
        return trackId === undefined ? null : this.picture(trackId);
      },
      { name, frames, timeout },
    );
    return trackId;
  }

  /** Somebody's microphone is heard: the tone is the strongest frequency. Gives the track's id. */
  async hears(name, { timeout = 15000, source = 'microphone', from = name } = {}) {
    let trackId;
    await this.trackOf(from, source, timeout);
    await soundsRight(
      `${this.name} hears ${name}'s tone`,
      async () => {
        trackId = await this.receivedTrack(from, source);
        if (trackId === undefined) throw new Error('the track is gone');
        return this.page.evaluate(listen, trackId);
      },
      { name, timeout },
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
      const watch = { start: performance.now(), last: performance.now(), longest: 0, frames: 0 };
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

  /** { longest (ms, with the one that lasts now), frames, seconds } since watchGaps(). */
  gaps(trackId) {
    return this.page.evaluate((id) => {
      const { start, last, longest, frames } = window.gaps.get(id);
      const now = performance.now();
      return { longest: Math.max(longest, now - last), frames, seconds: (now - start) / 1000 };
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

