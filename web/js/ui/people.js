// The list of who is here.
import { leftOut } from '../consent.js';
import { byId, h, hue, icon, initials } from './dom.js';

export class People {
  #room;
  #local;
  #panel;

  constructor({ room, local, panel }) {
    this.#room = room;
    this.#local = local;
    this.#panel = panel;
    for (const change of ['participants', 'tracks', 'recording', 'state']) room.on(change, () => this.update());
    local.on('change', () => this.update());
    panel.on('change', () => this.update());
  }

  update() {
    if (this.#panel.page !== 'people') return;
    const { self, participants } = this.#room;
    const rows = [...participants.values()].map((participant) => {
      const tracks = this.#room.tracksOf(participant.id);
      const on = (source) => tracks.some((track) => track.source === source && !track.muted);
      const notes = [participant.role === 'agent' && 'agent', this.#recordingNote(participant.consent)];
      return row(participant.name, notes, on('microphone'), on('camera'));
    });
    if (self) {
      rows.unshift(row(self.name, ['you', this.#recordingNote(this.#room.consent)], this.#local.isOn('microphone'), this.#local.isOn('camera')));
    }
    byId('people-list').replaceChildren(...rows);
  }

  #recordingNote(consent) {
    return leftOut(this.#room, consent) && 'not in the recording';
  }
}

function row(name, notes, microphone, camera) {
  const note = notes.filter(Boolean).join(', ');
  const badge = h('span', { class: 'initials', 'aria-hidden': 'true' }, initials(name));
  badge.style.setProperty('--hue', hue(name));
  const state = `microphone ${microphone ? 'on' : 'off'}, camera ${camera ? 'on' : 'off'}`;
  return h(
    'li',
    { class: 'person' },
    badge,
    h('span', { class: 'who' }, name, note ? h('small', {}, ` (${note})`) : null),
    h('span', { class: 'visually-hidden' }, state),
    icon(microphone ? 'mic' : 'mic-off', microphone ? '' : 'off'),
    icon(camera ? 'camera' : 'camera-off', camera ? '' : 'off'),
  );
}
