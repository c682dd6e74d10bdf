// Plays the sound of others: one audio element a track, and a button where the browser wants a
// click before it plays.
import { byId, h } from './dom.js';

export class Sound {
  #room;
  #elements = new Map(); // track id -> HTMLAudioElement
  #speaker = '';

  constructor(room) {
    this.#room = room;
    room.on('tracks', () => this.#update());
    room.on('state', () => this.#update());
    byId('sound-button').addEventListener('click', () => {
      byId('sound-button').hidden = true;
      for (const element of this.#elements.values()) this.#play(element);
    });
  }

  elementOf(trackId) {
    return this.#elements.get(trackId) ?? null;
  }

  /** Plays through another output device; '' is the system's choice. */
  async choose(deviceId) {
    this.#speaker = deviceId;
    await Promise.all([...this.#elements.values()].map((element) => element.setSinkId?.(deviceId)));
  }

  #update() {
    const playing = new Map();
    for (const { id, kind, mediaTrack } of this.#room.tracks.values()) {
      if (kind === 'audio' && mediaTrack) playing.set(id, mediaTrack);
    }
    for (const [id, element] of this.#elements) {
      if (element.srcObject.getTracks()[0] === playing.get(id)) continue;
      element.srcObject = null;
      this.#elements.delete(id);
    }
    for (const [id, track] of playing) {
      if (this.#elements.has(id)) continue;
      const element = h('audio', { autoplay: true });
      if (this.#speaker) element.setSinkId?.(this.#speaker).catch(() => {});
      element.srcObject = new MediaStream([track]);
      this.#elements.set(id, element);
      this.#play(element);
    }
    if (playing.size === 0) byId('sound-button').hidden = true;
  }

  #play(element) {
    element.play().catch((error) => {
      if (error.name === 'NotAllowedError') byId('sound-button').hidden = false;
    });
  }
}
