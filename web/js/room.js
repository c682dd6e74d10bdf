// One meeting as this participant sees it: who is there, what they publish, and the way in and back.
import { Emitter } from './emitter.js';
import { Publisher } from './publisher.js';
import { Signaling } from './signaling.js';
import { Subscriber } from './subscriber.js';
import { withoutUdp } from './tcp.js';

// Answers to `join` after which trying again by ourselves would be useless or rude.
const final_refusals = new Set([
  'bad-request', 'unauthorized', 'forbidden', 'room-full', 'too-many-rooms', 'name-taken',
]);

/**
 * States: `idle`, `joining`, `joined`, `reconnecting`, `left`.
 * Events: `state` ({state, reason, retryIn, error}); `participants`, `tracks`, `speakers`,
 * `recording` (and consent to it), `connections`: that part has changed; `arrived`, `departed` (a participant);
 * `media` (a track's id: received or ended); `message` ({from, text, own}); `problem` ({error}).
 */
export class Room extends Emitter {
  self = null; // {id, name, role}
  participants = new Map(); // id -> {id, name, role, consent}, others only
  tracks = new Map(); // id -> TrackInfo of docs/signaling.md, with `mediaTrack` and `error`
  speakers = []; // [{participant, level}], loudest first
  recording = false;
  consentRequired = false; // recordings leave out who has not agreed; else that is assumed
  consent = null; // one's own: true, false, or null before an answer
  publisher = null;
  subscriber = null;

  #options;
  #signaling;
  #state = 'idle';
  #wanted = null;
  #resumeKey = '';
  #fresh = false; // the connections have not been used by a session yet
  #sending = new Map(); // source -> {track, muted}; no track while a camera is off
  #layers = new Map(); // track id -> the layer asked for, as JSON

  constructor(options, url) {
    super();
    this.#options = {
      ...options,
      editRemote: options.transport === 'tcp' ? withoutUdp : (sdp) => sdp,
    };
    this.#signaling = new Signaling(url);
    this.#signaling.on('open', () => this.#join());
    this.#signaling.on('state', () => this.emit('connections'));
    this.#signaling.on('lost', ({ retryIn }) => {
      const state = this.#state === 'joining' ? 'joining' : 'reconnecting';
      this.#setState(state, { reason: 'unreachable', retryIn });
    });
    this.#signaling.on('message', (message) => this.#receive(message));
  }

  get state() {
    return this.#state;
  }

  get name() {
    return this.#wanted?.room ?? '';
  }

  get connections() {
    return {
      signaling: this.#signaling.state,
      publisher: this.publisher?.state ?? 'closed',
      subscriber: this.subscriber?.state ?? 'closed',
    };
  }

  // The publisher of a session that stands or can be resumed; before, tracks wait in #sending.
  get #publishing() {
    return this.#fresh ? null : this.publisher;
  }

  join({ room, name, token }) {
    this.#wanted = { room, name, ...(token ? { token } : {}) };
    this.#resumeKey = '';
    this.consent = null;
    this.#setState('joining');
    this.#signaling.open();
    // Made while the WebSocket opens, so that the first offer is answered at once.
    this.#openConnections();
  }

  leave() {
    this.#signaling.send({ type: 'leave' });
    this.#end('left');
  }

  retryNow() {
    this.#signaling.retryNow();
  }

  restartIce() {
    this.publisher?.restartIce();
    this.subscriber?.restartIce();
  }

  /** Publishes a track, now and after every return; null takes it back. */
  publish(source, track, muted = false) {
    if (track) {
      this.#sending.set(source, { track, muted });
      this.#publishing?.setTrack(source, track, muted);
    } else {
      this.#sending.delete(source);
      this.#publishing?.removeTrack(source);
    }
  }

  publishes(source) {
    return this.#sending.has(source);
  }

  /** Mutes a published source. `track`: what it sends from now on, if that changes; null: nothing. */
  setMuted(source, muted, track) {
    const entry = this.#sending.get(source);
    if (!entry) return;
    entry.muted = muted;
    if (track !== undefined) {
      entry.track = track;
      this.#publishing?.setTrack(source, track, muted);
    }
    this.#publishing?.setMuted(source, muted);
  }

  /** Asks for a layer of a video track, see docs/signaling.md; nothing is sent where it is the same. */
  chooseLayer(trackId, layer) {
    const text = JSON.stringify(layer);
    if (this.#layers.get(trackId) === text || this.#state !== 'joined') return;
    this.#layers.set(trackId, text);
    this.#signaling.send({ type: 'subscribe', track: trackId, layer });
  }

  say(text) {
    if (!this.#signaling.send({ type: 'message', text })) return false;
    this.emit('message', { from: this.self, text, own: true });
    return true;
  }

  /** Agrees to be in recordings of the room, or does not (any more). */
  setConsent(given) {
    this.consent = given;
    this.#sendConsent(); // without a connection: with the next one
    this.emit('recording');
  }

  nameOf(participantId) {
    if (participantId === this.self?.id) return this.self.name;
    return this.participants.get(participantId)?.name ?? 'Somebody';
  }

  tracksOf(participantId) {
    return [...this.tracks.values()].filter((track) => track.participant === participantId);
  }

  #join() {
    const message = { type: 'join', id: 'join', ...this.#wanted };
    if (this.#resumeKey) message.resume = this.#resumeKey;
    this.#signaling.send(message);
  }

  #receive(message) {
    switch (message.type) {
      case 'joined': return this.#onJoined(message);
      case 'error': return this.#onError(message);
      case 'left': return this.#onLeft(message);
      case 'offer': return this.subscriber?.onOffer(message);
      case 'ice-candidate': return this.#onCandidate(message);
      case 'connection-closed': return this.#startOver(); // the server gave it up
      case 'participant-joined': return this.#onArrived(message.participant);
      case 'participant-left': return this.#onDeparted(message.participant);
      case 'track-published': return this.#onPublished(message.track);
      case 'track-unpublished': return this.#onUnpublished(message.track);
      case 'mute': return this.#onMute(message);
      case 'speakers': return this.#onSpeakers(message.speakers);
      case 'message': return this.#onMessage(message);
      case 'recording-started': return this.#onRecording(true, message);
      case 'recording-stopped': return this.#onRecording(false, message);
      case 'consent': return this.#onConsent(message);
      default: return undefined; // a later server may say more than this page knows
    }
  }

  #onJoined(message) {
    this.#signaling.settled();
    this.#resumeKey = message.resume;
    this.self = { id: message.participant, name: message.name, role: message.role };
    this.recording = message.recording;
    this.consentRequired = Boolean(message.consentRequired);
    this.#sendConsent();
    if (message.resumed) {
      this.publisher.resume();
      this.publisher.recover();
      this.subscriber.recover();
    } else {
      this.#startConnections(message.iceServers ?? []);
    }
    this.#reconcile(message);
    this.#setState('joined');
  }

  // After a resumed session only what changed meanwhile is touched, so that no picture blinks.
  #reconcile({ participants, tracks, resumed }) {
    const others = participants.filter(({ id }) => id !== this.self.id);
    this.participants = new Map(others.map((participant) => [participant.id, participant]));
    const before = resumed ? this.tracks : new Map();
    this.tracks = new Map();
    for (const info of tracks) {
      if (info.participant === this.self.id) continue;
      const known = before.get(info.id);
      this.tracks.set(info.id, { ...info, mediaTrack: known?.mediaTrack, error: known?.error });
    }
    this.speakers = [];
    for (const change of ['participants', 'tracks', 'speakers', 'recording']) this.emit(change);
  }

  // The connections of the last session are of no use to a new one.
  #startConnections(iceServers) {
    this.#layers.clear();
    if (!this.#fresh) this.#openConnections();
    this.#fresh = false;
    if (iceServers.length > 0) {
      this.publisher.pc.setConfiguration({ bundlePolicy: 'max-bundle', iceServers });
      this.subscriber.pc.setConfiguration({ bundlePolicy: 'max-bundle', iceServers });
    }
    for (const [source, { track, muted }] of this.#sending) {
      if (track) this.publisher.setTrack(source, track, muted);
    }
  }

  #openConnections() {
    this.#closeConnections();
    this.#fresh = true;
    const parts = { signaling: this.#signaling, options: this.#options };
    this.publisher = new Publisher(parts);
    this.subscriber = new Subscriber(parts);
    this.subscriber.on('track', ({ id, track }) => this.#setMedia(id, track));
    this.subscriber.on('track-ended', (id) => this.#setMedia(id, undefined));
    this.publisher.on('published', () => this.emit('connections'));
    for (const connection of [this.publisher, this.subscriber]) {
      connection.on('state', () => this.emit('connections'));
      connection.on('error', (error) => this.emit('problem', { error }));
      connection.on('failed', () => this.#startOver());
    }
  }

  #closeConnections() {
    this.publisher?.close();
    this.subscriber?.close();
    this.publisher = this.subscriber = null;
  }

  // The media does not come back by restarts of ICE: leave the session behind and join anew.
  #startOver() {
    if (this.#state !== 'joined') return;
    this.#signaling.send({ type: 'leave' });
    this.#resumeKey = '';
    this.#setState('reconnecting', { reason: 'media' });
    this.#signaling.reconnect();
  }

  #onError(message) {
    if (message.id === 'join') {
      this.#onJoinRefused(message);
    } else if (message.code === 'track-unsupported' && this.tracks.has(message.track)) {
      this.tracks.get(message.track).error = message.code;
      this.emit('tracks');
    } else if (message.code === 'unknown-connection') {
      this.#startOver(); // the server gave it up while we were away
    } else if (message.code === 'unknown-track') {
      // It ended while our request was on its way.
    } else if (message.code !== 'server-draining') {
      this.emit('problem', { error: message });
    }
  }

  #onJoinRefused(message) {
    if (message.code === 'resume-failed') {
      this.#resumeKey = '';
      this.#join();
    } else if (final_refusals.has(message.code)) {
      this.#end('refused', message);
    } else {
      this.#signaling.reconnect();
    }
  }

  #onLeft({ reason }) {
    if (reason === 'left' || reason === 'replaced' || reason === 'removed') this.#end(reason);
    else if (reason === 'timeout') this.#startOver();
    // draining: the server closes the connection, and we come back with the resume key.
  }

  #end(reason, error) {
    this.#signaling.close();
    this.#closeConnections();
    this.#resumeKey = '';
    this.#layers.clear();
    this.participants.clear();
    this.tracks.clear();
    this.speakers = [];
    this.recording = this.consentRequired = false;
    this.#setState('left', { reason, error });
  }

  #onCandidate({ connection, candidate }) {
    if (connection === 'publisher') this.publisher?.addCandidate(candidate);
    if (connection === 'subscriber') this.subscriber?.addCandidate(candidate);
  }

  #onArrived(participant) {
    this.participants.set(participant.id, participant);
    this.emit('participants');
    this.emit('arrived', participant);
  }

  #onDeparted(id) {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    for (const track of this.tracksOf(id)) this.#onUnpublished(track.id);
    this.emit('participants');
    this.emit('departed', participant);
  }

  #onPublished(info) {
    if (info.participant === this.self?.id) return;
    const receiver = this.subscriber?.receiver(info.id);
    const known = this.tracks.get(info.id);
    this.tracks.set(info.id, { ...info, mediaTrack: known?.mediaTrack ?? receiver?.track });
    this.emit('tracks');
  }

  #onUnpublished(id) {
    this.#layers.delete(id);
    if (!this.tracks.delete(id)) return;
    this.emit('tracks');
    this.emit('media', id);
  }

  #onMute({ track, muted }) {
    const info = this.tracks.get(track);
    if (!info) return;
    info.muted = muted;
    this.emit('tracks');
  }

  #onSpeakers(speakers) {
    this.speakers = speakers;
    this.emit('speakers');
  }

  #onMessage({ from, text }) {
    if (typeof text !== 'string') return; // `data` is for programs
    this.emit('message', { from: { id: from, name: this.nameOf(from) }, text, own: false });
  }

  #onRecording(recording, { consentRequired }) {
    this.recording = recording;
    this.consentRequired = Boolean(consentRequired);
    this.emit('recording');
  }

  #onConsent({ participant, recording }) {
    if (participant === this.self?.id) {
      this.consent = recording; // our own answer, or what the server's owner has set
      this.emit('recording');
    } else if (this.participants.has(participant)) {
      this.participants.get(participant).consent = recording;
      this.emit('participants');
    }
  }

  #sendConsent() {
    if (this.consent !== null) this.#signaling.send({ type: 'consent', recording: this.consent });
  }

  // The offer that carries a track may come before or after `track-published`.
  #setMedia(id, mediaTrack) {
    const info = this.tracks.get(id);
    if (!info) return;
    info.mediaTrack = mediaTrack;
    this.emit('tracks');
    this.emit('media', id);
  }

  #setState(state, detail = {}) {
    this.#state = state;
    this.emit('state', { state, ...detail });
  }
}
