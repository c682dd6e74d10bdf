// The connection that carries every track of others. Only the server ever offers.
import { Connection } from './connection.js';

/**
 * Events beside Connection's: `track` ({id, track, receiver}), `track-ended` (id), `error`.
 * Local ICE candidates are not sent: the server is ICE-lite and learns them from our checks.
 */
export class Subscriber extends Connection {
  #signaling;
  #options;
  #queue = Promise.resolve();
  #carried = new Map(); // track id -> transceiver
  #revision = 0;

  constructor({ signaling, options, iceServers = [] }) {
    super({ iceServers });
    this.#signaling = signaling;
    this.#options = options;
  }

  receiver(trackId) {
    return this.#carried.get(trackId)?.receiver ?? null;
  }

  /** The id of the track on each m-line in use, by mid. */
  mids() {
    return new Map([...this.#carried].map(([id, transceiver]) => [transceiver.mid, id]));
  }

  /** Answers the server's offer. Offers are taken one after another, in their order. */
  onOffer(offer) {
    this.#queue = this.#queue
      .then(() => this.#answer(offer))
      .catch((error) => {
        if (this.state !== 'closed') this.emit('error', error);
      });
  }

  restartIce() {
    this.#signaling.send({ type: 'restart-ice', connection: 'subscriber' });
  }

  async #answer({ sdp, revision, tracks }) {
    if (revision < this.#revision) return;
    this.#revision = revision;
    await this.pc.setRemoteDescription({ type: 'offer', sdp: this.#options.editRemote(sdp) });
    await this.pc.setLocalDescription();
    // Not waiting for candidates: the checks are what the server learns our addresses from.
    this.#signaling.send({
      type: 'answer',
      connection: 'subscriber',
      revision,
      sdp: this.pc.localDescription.sdp,
    });
    this.#carry(tracks);
  }

  #carry(tracks) {
    const before = this.#carried;
    this.#carried = new Map();
    for (const { mid, track: id } of tracks) {
      const transceiver = this.pc.getTransceivers().find((t) => t.mid === mid);
      if (transceiver) this.#carried.set(id, transceiver);
    }
    for (const id of before.keys()) {
      if (!this.#carried.has(id)) this.emit('track-ended', id);
    }
    for (const [id, transceiver] of this.#carried) {
      if (before.get(id) !== transceiver) {
        this.emit('track', { id, track: transceiver.receiver.track, receiver: transceiver.receiver });
      }
    }
  }
}
