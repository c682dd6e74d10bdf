// The meeting's frame: top bar, connection state, coming and going; holds the parts together.
import { deviceProblem } from '../errors.js';
import { Chat } from './chat.js';
import { Controls } from './controls.js';
import { byId } from './dom.js';
import { announce, notify, warn } from './notices.js';
import { Panel } from './panel.js';
import { People } from './people.js';
import { Recording } from './recording.js';
import { Stage } from './stage.js';
import { Statistics } from './statistics.js';

export class Meeting {
  stage;
  #room;
  #panel = new Panel();
  #chat;

  constructor({ room, media, local, settings, onLeave }) {
    this.#room = room;
    const parts = { room, media, local, settings, panel: this.#panel, onLeave };
    this.stage = new Stage(parts);
    this.#chat = new Chat(parts);
    new Controls(parts);
    new People(parts);
    new Recording(parts);
    new Statistics(parts);
    room.on('arrived', ({ name, role }) => role !== 'agent' && notify(`${name} joined`));
    room.on('departed', ({ name, role }) => role !== 'agent' && notify(`${name} left`));
    room.on('connections', () => this.#showConnection());
    room.on('state', () => this.#showConnection());
    room.on('problem', ({ error }) => {
      warn(`${error.text ?? error.message}. If something is missing, leave and join again.`);
    });
    local.on('problem', ({ source, error }) => {
      if (!byId('meeting').hidden) warn(deviceProblem(source, error));
    });
    byId('copy-link').addEventListener('click', () => this.#copyLink());
  }

  show() {
    byId('meeting').hidden = false;
    byId('room-title').textContent = this.#room.name;
    document.title = `${this.#room.name} · Parley`;
    this.stage.updateSoon();
    byId('room-title').focus();
    const others = this.#room.participants.size;
    announce(`You joined ${this.#room.name}. ${others === 0 ? 'Nobody else is here yet.' : `${others} others are here.`}`);
  }

  hide() {
    byId('meeting').hidden = true;
    document.title = 'Parley';
    this.#panel.close();
    this.#chat.clear();
  }

  #showConnection() {
    const [text, waiting] = this.#connectionText();
    const mark = byId('connection-mark');
    if (mark.textContent !== text) mark.textContent = text;
    mark.classList.toggle('waiting', waiting);
  }

  #connectionText() {
    const { state, connections } = this.#room;
    if (state === 'reconnecting') return ['Reconnecting to the server…', true];
    if (state !== 'joined') return ['', false];
    const media = [connections.publisher, connections.subscriber];
    if (media.some((one) => one === 'failed' || one === 'disconnected')) {
      return ['Sound and picture are interrupted, trying again…', true];
    }
    if (media.includes('connecting')) return ['Connecting sound and picture…', false];
    return media.includes('connected') ? ['Connected', false] : ['', false];
  }

  async #copyLink() {
    const link = new URL(location.pathname, location.href);
    link.searchParams.set('room', this.#room.name);
    try {
      await navigator.clipboard.writeText(link.href);
      notify('Link copied');
    } catch {
      warn(`The link cannot be copied here. Send this one: ${link.href}`);
    }
  }
}
