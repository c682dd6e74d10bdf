// The side panel: one page at a time, as tabs.
import { Emitter } from '../emitter.js';
import { byId } from './dom.js';

const pages = ['chat', 'people', 'stats'];

/** Events: `change`. `page` is the page that is open, or null. */
export class Panel extends Emitter {
  page = null;
  unread = 0;
  #opener = null;

  constructor() {
    super();
    for (const page of pages) {
      byId(`tab-${page}`).addEventListener('click', () => this.#show(page));
      byId(`tab-${page}`).addEventListener('keydown', (event) => this.#onArrow(event, page));
    }
    byId('panel-close').addEventListener('click', () => this.close());
    byId('panel').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  toggle(page) {
    if (this.page === page) {
      this.close();
      return;
    }
    this.#opener = document.activeElement;
    this.#show(page);
    (page === 'chat' ? byId('chat-input') : byId(`tab-${page}`)).focus();
  }

  close() {
    const hadFocus = byId('panel').contains(document.activeElement);
    this.page = null;
    byId('panel').hidden = true;
    if (hadFocus) this.#opener?.focus();
    this.emit('change');
  }

  countUnread() {
    if (this.page === 'chat') return;
    this.unread += 1;
    this.emit('change');
  }

  #show(page) {
    this.page = page;
    if (page === 'chat') this.unread = 0;
    byId('panel').hidden = false;
    for (const name of pages) {
      byId(`panel-${name}`).hidden = name !== page;
      byId(`tab-${name}`).setAttribute('aria-selected', name === page);
      byId(`tab-${name}`).tabIndex = name === page ? 0 : -1;
    }
    this.emit('change');
  }

  #onArrow(event, page) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = pages[(pages.indexOf(page) + step + pages.length) % pages.length];
    this.#show(next);
    byId(`tab-${next}`).focus();
  }
}
