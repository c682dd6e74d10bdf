// The statistics page of the panel: what goes out and what comes in, once a second while it is open.
import { StatsSampler } from '../stats.js';
import { byId, h } from './dom.js';

const interval = 1000; // ms
const state_names = { new: 'not connected', closed: 'not connected', disconnected: 'interrupted' };

export class Statistics {
  #room;
  #panel;
  #timer = 0;
  #sampler = null;
  #figures = h('div');

  constructor({ room, panel }) {
    this.#room = room;
    this.#panel = panel;
    const restart = { type: 'button', class: 'quiet', id: 'restart-ice', onclick: () => room.restartIce() };
    byId('panel-stats').append(
      this.#figures,
      h('div', { class: 'stats-actions' }, h('button', restart, 'Find the network path anew')),
    );
    panel.on('change', () => this.#follow());
  }

  #follow() {
    const open = this.#panel.page === 'stats';
    if (open === Boolean(this.#timer)) return;
    clearInterval(this.#timer);
    this.#timer = 0;
    if (!open) return;
    this.#sampler = new StatsSampler();
    this.#timer = setInterval(() => this.#show(), interval);
    this.#show();
  }

  async #show() {
    const rows = await this.#sampler.sample(this.#room);
    const { publisher, subscriber } = this.#room.connections;
    this.#figures.replaceChildren(
      section('You send', publisher, rows.filter((row) => row.direction === 'sent'), (row) =>
        sourceName(row.source)),
      section('You receive', subscriber, rows.filter((row) => row.direction === 'received'), (row) =>
        this.#nameOf(row.track)),
    );
  }

  #nameOf(trackId) {
    const track = this.#room.tracks.get(trackId);
    if (!track) return trackId;
    return `${this.#room.nameOf(track.participant)}: ${sourceName(track.source).toLowerCase()}`;
  }
}

function section(title, state, rows, nameOf) {
  return h(
    'section',
    { class: 'stats-section' },
    h('h3', {}, state === 'connected' ? title : `${title} (${state_names[state] ?? state})`),
    ...rows.map((row) => h('div', { class: 'stats-card' }, h('h4', {}, nameOf(row)), list(row))),
    rows.length === 0 ? h('p', { class: 'hint' }, 'Nothing.') : null,
  );
}

function list(row) {
  const picture = row.width ? `${row.width} × ${row.height}, ${Math.round(row.fps ?? 0)} fps` : null;
  const values = [
    ['Codec', row.codec],
    ['Bitrate', row.bitrate === undefined ? null : `${Math.round(row.bitrate / 1000)} kbit/s`],
    ['Picture', row.kind === 'video' ? picture : null],
    ['Layers', row.kind === 'video' && row.layers > 1 ? String(row.layers) : null],
    ['Loss', row.loss === undefined ? null : `${(row.loss * 100).toFixed(1)} %`],
    ['Round trip', row.rtt === undefined ? null : `${Math.round(row.rtt * 1000)} ms`],
  ];
  return h(
    'dl',
    {},
    ...values.filter(([, value]) => value).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

function sourceName(source) {
  return {
    camera: 'Camera',
    microphone: 'Microphone',
    screen: 'Screen',
    'screen-audio': 'Sound of the screen',
  }[source] ?? source;
}
