// The WebSocket of the rooms protocol: requests with replies, keep-alive, and reconnection with
// exponential backoff. Who joins what, and resuming, is room.js's matter.
import { Emitter } from './emitter.js';

const first_delay = 250; // ms
const longest_delay = 5000; // ms: well within the 15 s that the server keeps a lost participant
const request_timeout = 10000; // ms
const ping_interval = 10000; // ms
const silence_limit = 25000; // ms without a message: the connection is dead, whatever TCP thinks

/**
 * States: `closed`, `connecting`, `open`, `waiting` (for the next attempt).
 * Events: `state` (the state), `open`, `lost` ({retryIn}, ms), `message` (every message that is no reply).
 */
export class Signaling extends Emitter {
  #url;
  #state = 'closed';
  #socket = null;
  #attempts = 0;
  #retryTimer = 0;
  #pingTimer = 0;
  #lastHeard = 0;
  #nextId = 1;
  #pending = new Map();

  constructor(url) {
    super();
    this.#url = url;
    globalThis.addEventListener?.('online', () => this.retryNow());
  }

  get state() {
    return this.#state;
  }

  /** Connects, and stays connected until close(). */
  open() {
    if (this.#state === 'closed') this.#connect();
  }

  close() {
    clearTimeout(this.#retryTimer);
    const socket = this.#detach();
    this.#setState('closed');
    socket?.close(1000);
    this.#failPending('closed');
  }

  /** Where an attempt is being waited for, makes it now. */
  retryNow() {
    if (this.#state !== 'waiting') return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  /** The session stands: the next loss starts its backoff from the beginning. */
  settled() {
    this.#attempts = 0;
  }

  /** Drops the connection and makes another, as if the network had cut it. */
  reconnect() {
    if (this.#socket) this.#onLost(this.#detach());
  }

  /** Sends without waiting for a reply; false while there is no connection. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Sends with an id; resolves with the reply, rejects with the `error` or a `code` of our own. */
  request(message) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.send({ ...message, id })) {
        reject(new RequestError({ code: 'not-connected', text: 'there is no connection' }));
        return;
      }
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new RequestError({ code: 'no-reply', text: `no reply to ${message.type}` }));
      }, request_timeout);
      this.#pending.set(id, { resolve, reject, timer });
    });
  }

  #connect() {
    this.#setState('connecting');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#lastHeard = performance.now();
      this.#pingTimer = setInterval(() => this.#keepAlive(), ping_interval);
      this.#setState('open');
      this.emit('open');
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#onLost(this.#detach());
  }

  #detach() {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#pingTimer);
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }

  #onLost(socket) {
    socket?.close();
    this.#failPending('connection-lost');
    // Half fixed, half random, so that the clients of a restarted server do not return as one.
    const delay = Math.min(longest_delay, first_delay * 2 ** this.#attempts++);
    const retryIn = Math.round(delay * (0.5 + Math.random() / 2));
    this.#retryTimer = setTimeout(() => this.#connect(), retryIn);
    this.#setState('waiting');
    this.emit('lost', { retryIn });
  }

  #receive(text) {
    this.#lastHeard = performance.now();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      console.warn('parley: the server sent something that is not JSON');
      return;
    }
    const waiting = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (!waiting) {
      if (message.type !== 'pong') this.emit('message', message);
      return;
    }
    this.#pending.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.type === 'error') waiting.reject(new RequestError(message));
    else waiting.resolve(message);
  }

  #keepAlive() {
    if (performance.now() - this.#lastHeard > silence_limit) this.reconnect();
    else this.send({ type: 'ping', id: `ping-${this.#nextId++}` });
  }

  #failPending(code) {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new RequestError({ code, text: 'the connection was lost before the reply' }));
    }
    this.#pending.clear();
  }

  #setState(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', state);
  }
}

/** A request that was refused, or that got no reply. `code` as in docs/signaling.md, or our own. */
export class RequestError extends Error {
  constructor({ code, text, track }) {
    super(text);
    this.name = 'RequestError';
    this.code = code;
    this.track = track;
  }
}
