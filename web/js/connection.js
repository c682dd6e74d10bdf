// What both RTCPeerConnections share: watching the state, and asking for an ICE restart when the
// path is lost. Who offers differs, so the restart itself is the subclass's.
import { Emitter } from './emitter.js';

const patience = 2000; // ms of `disconnected` before a restart: short gaps heal by themselves
const first_retry = 4000; // ms between restarts, doubled each time
const attempts_limit = 4; // restarts without success before the session is built anew

/**
 * Events: `state` (RTCPeerConnection.connectionState), `failed` (restarts did not help).
 * Subclasses give restartIce().
 */
export class Connection extends Emitter {
  pc;
  #timer = 0;
  #attempts = 0;

  constructor(configuration) {
    super();
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...configuration });
    this.pc.onconnectionstatechange = () => this.#onState(this.pc.connectionState);
  }

  get state() {
    return this.pc.connectionState;
  }

  close() {
    clearTimeout(this.#timer);
    this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
  }

  /** Signalling is back: a path that was lost meanwhile is looked for again. */
  recover() {
    if (this.state !== 'disconnected' && this.state !== 'failed') return;
    this.#attempts = 0;
    clearTimeout(this.#timer);
    this.#restartIn(0);
  }

  addCandidate(candidate) {
    const end = !candidate?.candidate;
    this.pc.addIceCandidate(end ? undefined : candidate).catch((error) => {
      console.warn('parley: the server sent a candidate that cannot be used:', error.message);
    });
  }

  #onState(state) {
    clearTimeout(this.#timer);
    if (state === 'connected') this.#attempts = 0;
    if (state === 'disconnected') this.#restartIn(patience);
    if (state === 'failed') this.#restartIn(0);
    this.emit('state', state);
  }

  #restartIn(delay) {
    this.#timer = setTimeout(() => {
      if (this.state === 'connected' || this.state === 'closed') return;
      if (this.#attempts >= attempts_limit) {
        this.emit('failed');
        return;
      }
      this.restartIce();
      this.#restartIn(first_retry * 2 ** this.#attempts++);
    }, delay);
  }
}
