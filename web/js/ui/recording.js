// That the meeting is recorded, and whether one wants to be in it.
import { choice, question } from '../consent.js';
import { byId } from './dom.js';
import { announce, notify } from './notices.js';

export class Recording {
  #room;

  constructor({ room }) {
    this.#room = room;
    room.on('recording', () => this.#update());
    room.on('state', () => this.#update());
    byId('consent-allow').addEventListener('click', () => this.#answer(true));
    byId('consent-refuse').addEventListener('click', () => this.#answer(false));
    byId('consent-change').addEventListener('click', () => {
      room.setConsent(choice(room).gives);
      announce(choice(room).text);
    });
  }

  #answer(given) {
    const hadFocus = byId('consent-ask').contains(document.activeElement);
    this.#room.setConsent(given);
    notify(`${choice(this.#room).text} You can change that under People.`);
    if (hadFocus) byId('room-title').focus();
  }

  #update() {
    const room = this.#room;
    if (room.state === 'reconnecting') return; // what was true a moment ago
    this.#showBadge(room.state === 'joined' && room.recording);
    this.#ask(room.state === 'joined' ? question(room) : null);
    this.#showChoice(choice(room));
  }

  #showBadge(recording) {
    const badge = byId('recording-mark');
    if (badge.hidden === !recording) return;
    badge.hidden = !recording;
    if (recording && !question(this.#room)) notify('This call is being recorded');
    else if (!recording && this.#room.state === 'joined') notify('The recording has stopped');
  }

  #ask(text) {
    const box = byId('consent-ask');
    const before = byId('consent-question').textContent;
    byId('consent-question').textContent = text ?? '';
    box.hidden = text === null;
    if (text !== null && text !== before) announce(text);
  }

  #showChoice(made) {
    byId('consent-choice').hidden = made === null;
    if (made === null) return;
    byId('consent-state').textContent = made.text;
    byId('consent-change').textContent = made.action;
  }
}
