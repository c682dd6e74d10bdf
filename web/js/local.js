// What this participant sends: ties the devices to the room, one switch a source.
import { Emitter } from './emitter.js';

/** Events: `change` (a switch has moved), `problem` ({source, error}). */
export class Local extends Emitter {
  #media;
  #room;
  #on = { camera: false, microphone: false, screen: false };

  constructor(media, room) {
    super();
    this.#media = media;
    this.#room = room;
    media.on('track', ({ source, track }) => this.#onTrack(source, track));
    media.on('ended', (source) => this.#onEnded(source));
  }

  isOn(source) {
    return this.#on[source] ?? false;
  }

  /** Opens camera and microphone as wanted, both by one prompt. */
  async start(sources) {
    for (const source of sources) this.#on[source] = true;
    const problems = await this.#media.open(sources);
    for (const { source, error } of problems) this.#refused(source, error);
    this.emit('change');
  }

  async setMicrophone(on) {
    this.#on.microphone = on;
    const track = this.#media.track('microphone');
    if (on && !track) {
      await this.#open('microphone');
    } else if (track) {
      track.enabled = on;
      this.#room.setMuted('microphone', !on);
    }
    this.emit('change');
  }

  /** Off closes the camera, so that its light goes out. */
  async setCamera(on) {
    this.#on.camera = on;
    if (!on) this.#media.close('camera');
    else if (!this.#media.track('camera')) await this.#open('camera');
    this.emit('change');
  }

  async setScreen(on) {
    if (on) {
      try {
        await this.#media.openScreen();
        this.#on.screen = true;
      } catch (error) {
        this.emit('problem', { source: 'screen', error });
      }
    } else {
      this.#closeScreen();
    }
    this.emit('change');
  }

  /** Closes every device. */
  stop() {
    this.#on = { camera: false, microphone: false, screen: false };
    this.#media.closeAll();
    for (const source of ['camera', 'microphone']) this.#room.publish(source, null);
    this.emit('change');
  }

  async #open(source) {
    for (const { error } of await this.#media.open([source])) this.#refused(source, error);
  }

  #refused(source, error) {
    this.#on[source] = false;
    this.emit('problem', { source, error });
  }

  #onTrack(source, track) {
    if (source === 'screen' || source === 'screen-audio') {
      this.#room.publish(source, track);
    } else if (track) {
      // Switched off while the prompt was still open.
      const muted = !this.#on[source];
      if (muted && source === 'camera') {
        this.#media.close('camera');
        return;
      }
      track.enabled = !muted;
      if (this.#room.publishes(source)) this.#room.setMuted(source, muted, track);
      else this.#room.publish(source, track, muted);
    } else {
      this.#room.setMuted(source, true, null);
    }
    this.emit('change');
  }

  #onEnded(source) {
    if (source === 'screen') {
      this.#closeScreen(); // by the browser's own "Stop sharing"
    } else if (source !== 'screen-audio') {
      this.#refused(source, new DOMException('the device went away', 'NotFoundError'));
    }
    this.emit('change');
  }

  #closeScreen() {
    this.#on.screen = false;
    this.#media.close('screen');
    this.#media.close('screen-audio');
  }
}
