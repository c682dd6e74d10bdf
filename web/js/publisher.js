// The connection that carries this participant's own tracks. Only this side ever offers.
import { Connection } from './connection.js';
import { encodingsFor, preferCodec } from './encodings.js';

/**
 * Events beside Connection's: `error` (an Error: the server refused an offer).
 * Local ICE candidates are not sent: the server is ICE-lite and learns them from our checks.
 */
export class Publisher extends Connection {
  #signaling;
  #options;
  #slots = new Map(); // source -> { transceiver, muted, id }
  #dirty = false;
  #negotiating = false;

  constructor({ signaling, options, iceServers = [] }) {
    super({ iceServers });
    this.#signaling = signaling;
    this.#options = options;
  }

  /** The id that the server gave to the track of this source, once it has answered. */
  trackId(source) {
    return this.#slots.get(source)?.id ?? null;
  }

  /** The source of each m-line in use, by mid. */
  mids() {
    const used = [...this.#slots].filter(([, slot]) => slot.transceiver.direction === 'sendonly');
    return new Map(used.map(([source, slot]) => [slot.transceiver.mid, source]));
  }

  /**
   * Sends `track` as `source`: a new m-line for a new source, otherwise in place of the old track.
   * null sends nothing for now and keeps the m-line.
   */
  setTrack(source, track, muted = false) {
    let slot = this.#slots.get(source);
    if (!slot && !track) return;
    if (slot && slot.transceiver.direction === 'sendonly') {
      slot.transceiver.sender.replaceTrack(track);
      return;
    }
    if (slot) {
      slot.transceiver.sender.replaceTrack(track);
      slot.transceiver.direction = 'sendonly';
      slot.muted = muted;
    } else {
      const transceiver = this.pc.addTransceiver(track, {
        direction: 'sendonly',
        sendEncodings: encodingsFor(source, track, this.#options).map((encoding) => ({
          ...encoding,
          active: !muted,
        })),
      });
      if (track.kind === 'video' && this.#options.codec) {
        preferCodec(transceiver, this.#options.codec);
      }
      slot = { transceiver, muted, id: null };
      this.#slots.set(source, slot);
    }
    this.#negotiate();
  }

  /** Takes the track back: others see it unpublished. Its m-line is kept for the next time. */
  removeTrack(source) {
    const slot = this.#slots.get(source);
    if (!slot || slot.transceiver.direction === 'inactive') return;
    slot.transceiver.sender.replaceTrack(null);
    slot.transceiver.direction = 'inactive';
    slot.id = null;
    this.#negotiate();
  }

  /** Stops the media at its source and tells the others. The m-line stays, so unmuting is instant. */
  setMuted(source, muted) {
    const slot = this.#slots.get(source);
    if (!slot || slot.muted === muted) return;
    slot.muted = muted;
    setSending(slot.transceiver.sender, !muted);
    if (slot.id) this.#signaling.send({ type: 'mute', track: slot.id, muted });
  }

  restartIce() {
    this.pc.restartIce();
    this.#negotiate();
  }

  /** After a resumed session: what was under way when the connection was lost is sent again. */
  resume() {
    if (this.pc.signalingState === 'have-local-offer') this.#negotiate();
    for (const { id, muted } of this.#slots.values()) {
      if (id) this.#signaling.send({ type: 'mute', track: id, muted });
    }
  }

  async #negotiate() {
    this.#dirty = true;
    if (this.#negotiating) return;
    this.#negotiating = true;
    try {
      while (this.#dirty && this.state !== 'closed') {
        await null; // what the caller adds next goes into the same offer
        this.#dirty = false;
        await this.#offer();
      }
    } catch (error) {
      if (this.state === 'closed') return;
      // A lost connection is no failure: resume() takes it up again.
      if (error.code !== 'connection-lost' && error.code !== 'not-connected') {
        this.emit('error', error);
      }
    } finally {
      this.#negotiating = false;
    }
  }

  async #offer() {
    await this.pc.setLocalDescription();
    const tracks = [];
    for (const [source, { transceiver, muted }] of this.#slots) {
      // One without a mid came after this offer; the next one has it.
      if (transceiver.mid && transceiver.direction === 'sendonly') {
        tracks.push({ mid: transceiver.mid, source, muted });
      }
    }
    const answer = await this.#signaling.request({
      type: 'offer',
      connection: 'publisher',
      sdp: this.pc.localDescription.sdp,
      tracks,
    });
    await this.pc.setRemoteDescription({ type: 'answer', sdp: this.#options.editRemote(answer.sdp) });
    for (const slot of this.#slots.values()) {
      const given = answer.tracks?.find(({ mid }) => mid === slot.transceiver.mid);
      const told = tracks.find(({ mid }) => mid === slot.transceiver.mid);
      slot.id = given?.track ?? null;
      // Muted or unmuted while the offer was under way.
      if (slot.id && told && told.muted !== slot.muted) {
        this.#signaling.send({ type: 'mute', track: slot.id, muted: slot.muted });
      }
    }
    this.emit('published');
  }
}

// Without this a muted microphone would go on sending packets of silence.
function setSending(sender, active) {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = active;
  sender.setParameters(parameters).catch((error) => {
    console.warn('parley: cannot pause or resume a sender:', error.message);
  });
}
