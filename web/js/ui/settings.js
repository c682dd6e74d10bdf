// The dialog that chooses devices.
import { byId, h } from './dom.js';
import { deviceProblem } from '../errors.js';
import { warn } from './notices.js';

export class Settings {
  #media;

  constructor({ media, sound }) {
    this.#media = media;
    for (const source of ['camera', 'microphone']) {
      byId(`${source}-select`).addEventListener('change', async (event) => {
        report(await media.choose(source, event.target.value));
      });
    }
    byId('speaker-select').addEventListener('change', async (event) => {
      media.choose('speaker', event.target.value);
      await sound.choose(event.target.value).catch((error) => {
        warn(`That speaker cannot be used: ${error.message}. Choose another one.`);
      });
    });
    byId('music-check').addEventListener('change', async (event) => {
      report(await media.setProcessing(!event.target.checked));
    });
    media.on('devices', () => this.#fill());
  }

  async open() {
    byId('music-check').checked = !this.#media.processing;
    await this.#fill();
    byId('settings').showModal();
  }

  async #fill() {
    const { cameras, microphones, speakers } = await this.#media.devices();
    this.#options('camera', cameras, 'No camera found');
    this.#options('microphone', microphones, 'No microphone found');
    this.#options('speaker', speakers, 'System default');
    byId('speaker-row').hidden = speakers.length === 0;
  }

  #options(source, devices, none) {
    const select = byId(`${source}-select`);
    const kind = { camera: 'Camera', microphone: 'Microphone', speaker: 'Speaker' }[source];
    const used = this.#media.track(source)?.getSettings().deviceId ?? this.#media.chosen[source];
    select.replaceChildren(
      ...devices.map((device, index) => h(
        'option',
        { value: device.deviceId, selected: device.deviceId === used },
        device.label || `${kind} ${index + 1}`,
      )),
    );
    if (devices.length === 0) select.append(h('option', { value: '' }, none));
    select.disabled = devices.length === 0;
  }
}

function report(problems) {
  for (const { source, error } of problems) warn(deviceProblem(source, error));
}
