// Text chat with everybody in the room.
import { byId, h } from './dom.js';
import { announce, warn } from './notices.js';

const kept_messages = 500;

export class Chat {
  #panel;

  constructor({ room, panel }) {
    this.#panel = panel;
    byId('chat-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const text = byId('chat-input').value.trim();
      if (!text) return;
      if (room.say(text)) byId('chat-input').value = '';
      else warn('Your message was not sent: there is no connection. Try again in a moment.');
    });
    room.on('message', (message) => this.#add(message));
  }

  clear() {
    byId('chat-log').replaceChildren();
  }

  #add({ from, text, own }) {
    const log = byId('chat-log');
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    log.append(
      h(
        'li',
        { class: own ? 'bubble own' : 'bubble' },
        h('span', { class: 'who' }, `${own ? 'You' : from.name}, ${time}`),
        h('p', {}, ...withLinks(text)),
      ),
    );
    while (log.childElementCount > kept_messages) log.firstElementChild.remove();
    if (own || atEnd) log.scrollTop = log.scrollHeight;
    if (own) return;
    this.#panel.countUnread();
    // A closed panel's log is not read out by itself.
    if (this.#panel.page !== 'chat') announce(`${from.name} writes: ${text}`);
  }
}

function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/u).map((part, index) => (index % 2 === 0
    ? part
    : h('a', { href: part, target: '_blank', rel: 'noopener noreferrer' }, part)));
}
