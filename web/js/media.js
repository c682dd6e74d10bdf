// This participant's devices: opening, switching and closing camera, microphone and screen.
import { Emitter } from './emitter.js';

const camera_size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * Holds one MediaStreamTrack a source. Events: `track` ({source, track}; null when it is closed),
 * `ended` (a source whose device went away or whose sharing was stopped), `devices`.
 */
export class Media extends Emitter {
  #tracks = new Map();
  #chosen = { camera: '', microphone: '', speaker: '' };
  #processing;

  constructor({ processing }) {
    super();
    this.#processing = processing;
    navigator.mediaDevices?.addEventListener?.('devicechange', () => this.emit('devices'));
  }

  get available() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get canShareScreen() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  get chosen() {
    return this.#chosen;
  }

  get processing() {
    return this.#processing;
  }

  track(source) {
    return this.#tracks.get(source) ?? null;
  }

  /**
   * Opens the devices of these sources with one prompt where that works. Gives what went wrong as
   * [{source, error}]; a missing camera does not keep the microphone shut.
   */
  async open(sources) {
    if (!this.available) {
      const error = new DOMException('no media devices on an insecure page', 'SecurityError');
      return sources.map((source) => ({ source, error }));
    }
    if (sources.length > 1 && (await this.#tryOpen(sources)) === null) return [];
    const problems = [];
    for (const source of sources) {
      const error = await this.#tryOpen([source]);
      if (error) problems.push({ source, error });
    }
    return problems;
  }

  close(source) {
    this.#set(source, null);
  }

  closeAll() {
    for (const source of [...this.#tracks.keys()]) this.close(source);
  }

  /** Another device for `camera` or `microphone`; where it is open, it is replaced at once. */
  async choose(source, deviceId) {
    this.#chosen[source] = deviceId;
    if (source === 'speaker' || !this.track(source)) return [];
    if (source === 'camera') this.track(source).stop(); // many cameras open only once
    return this.open([source]);
  }

  /** Echo cancellation, noise suppression and gain control; off for music. */
  async setProcessing(enabled) {
    this.#processing = enabled;
    return this.track('microphone') ? this.open(['microphone']) : [];
  }

  /** Asks for a screen, with its sound where the browser offers it. Throws what getDisplayMedia does. */
  async openScreen() {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: 30 } },
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    video.contentHint = 'detail';
    this.#set('screen', video);
    if (audio) this.#set('screen-audio', audio);
  }

  /** { cameras, microphones, speakers }: MediaDeviceInfo lists; labels are empty before permission. */
  async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const kind = (name) => all.filter((device) => device.kind === name && device.deviceId);
    return {
      cameras: kind('videoinput'),
      microphones: kind('audioinput'),
      speakers: kind('audiooutput'),
    };
  }

  async #tryOpen(sources) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: sources.includes('camera') && this.#constraints('camera', camera_size),
        audio: sources.includes('microphone') && this.#constraints('microphone', this.#audio()),
      });
      for (const track of stream.getTracks()) {
        this.#set(track.kind === 'video' ? 'camera' : 'microphone', track);
      }
      return null;
    } catch (error) {
      return error;
    }
  }

  #audio() {
    const on = this.#processing;
    return { echoCancellation: on, noiseSuppression: on, autoGainControl: on };
  }

  #constraints(source, base) {
    const deviceId = this.#chosen[source];
    return deviceId ? { ...base, deviceId: { exact: deviceId } } : base;
  }

  #set(source, track) {
    const old = this.#tracks.get(source);
    if (old) {
      old.onended = null;
      old.stop();
    }
    if (track) {
      this.#tracks.set(source, track);
      track.onended = () => {
        this.#set(source, null);
        this.emit('ended', source);
      };
    } else if (!this.#tracks.delete(source)) {
      return;
    }
    this.emit('track', { source, track });
  }
}
