// Before the meeting: preview, devices, room and name.
import { deviceProblem } from '../errors.js';
import { roomName } from '../options.js';
import { byId, h, icon } from './dom.js';
import { LevelMeter } from './level.js';

const name_key = 'parley.name';

export class Lobby {
  #media;
  #local;
  #meter = new LevelMeter(byId('preview-level'));
  #onJoin;
  #problems = new Map(); // source -> text

  constructor({ media, local, settings, options, onJoin }) {
    this.#media = media;
    this.#local = local;
    this.#onJoin = onJoin;
    byId('room-input').value = options.room;
    byId('name-input').value = options.name || remembered();
    byId('preview-microphone').addEventListener('click', () => this.#toggle('microphone'));
    byId('preview-camera').addEventListener('click', () => this.#toggle('camera'));
    byId('preview-settings').addEventListener('click', () => settings.open());
    byId('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    document.addEventListener('keydown', (event) => {
      if (byId('lobby').hidden || !event.altKey || event.repeat) return;
      const source = { KeyM: 'microphone', KeyV: 'camera' }[event.code];
      if (!source) return;
      event.preventDefault();
      this.#toggle(source);
    });
    local.on('change', () => this.update());
    local.on('problem', ({ source, error }) => {
      this.#problems.set(source, deviceProblem(source, error));
      this.update();
    });
    media.on('track', () => this.update());
    this.update();
  }

  show() {
    byId('lobby').hidden = false;
    byId('join-button').disabled = false;
    this.update();
    (byId('room-input').value ? byId('name-input') : byId('room-input')).focus();
  }

  hide() {
    byId('lobby').hidden = true;
    this.#problems.clear();
    this.update();
  }

  /** What the join is doing; `problem` when it needs the person. */
  status(text, { problem = false, busy = false } = {}) {
    byId('join-status').textContent = text;
    byId('join-status').classList.toggle('problem', problem);
    byId('join-button').disabled = busy;
  }

  update() {
    const shown = !byId('lobby').hidden;
    const camera = shown ? this.#media.track('camera') : null;
    const video = byId('preview-video');
    if ((video.srcObject?.getTracks()[0] ?? null) !== camera) {
      video.srcObject = camera ? new MediaStream([camera]) : null;
    }
    video.hidden = !camera;
    byId('preview-text').hidden = Boolean(camera);
    byId('preview-text').textContent = this.#local.isOn('camera') ? 'Opening the camera' : 'Camera is off';
    toggle('preview-microphone', this.#local.isOn('microphone'), 'mic', 'Mute microphone', 'Unmute microphone');
    toggle('preview-camera', this.#local.isOn('camera'), 'camera', 'Stop video', 'Start video');
    this.#meter.follow(shown && this.#local.isOn('microphone') ? this.#media.track('microphone') : null);
    byId('lobby-problems').replaceChildren(...[...this.#problems.values()].map((text) => h('p', {}, text)));
  }

  #toggle(source) {
    this.#problems.delete(source);
    const on = !this.#local.isOn(source);
    if (source === 'camera') this.#local.setCamera(on);
    else this.#local.setMicrophone(on);
  }

  #submit() {
    const room = roomName(byId('room-input').value);
    const name = byId('name-input').value.trim().slice(0, 64);
    byId('room-input').value = room;
    if (!room || !name) {
      const missing = room ? 'name-input' : 'room-input';
      this.status(
        room
          ? 'Enter the name that others shall see.'
          : 'Enter a room name of letters, digits, “-”, “_” or “.”.',
        { problem: true },
      );
      byId(missing).focus();
      return;
    }
    remember(name);
    this.#onJoin({ room, name });
  }
}

function toggle(id, on, iconName, textOn, textOff) {
  const button = byId(id);
  const text = on ? textOn : textOff;
  button.classList.toggle('off', !on);
  if (button.title === text) return;
  button.title = text;
  button.setAttribute('aria-label', text);
  button.replaceChildren(icon(on ? iconName : `${iconName}-off`));
}

// Storage may be forbidden (private windows, embedded pages): then the name is not remembered.
function remembered() {
  try {
    return localStorage.getItem(name_key) ?? '';
  } catch {
    return '';
  }
}

function remember(name) {
  try {
    localStorage.setItem(name_key, name);
  } catch {
    // See above.
  }
}
