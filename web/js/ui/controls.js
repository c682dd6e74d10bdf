// The bar of buttons, and their keys.
import { byId, h, icon } from './dom.js';

const keys = { KeyM: 'microphone', KeyV: 'camera', KeyS: 'screen', KeyC: 'chat' };

export class Controls {
  #local;
  #panel;

  constructor({ local, media, panel, settings, onLeave }) {
    this.#local = local;
    this.#panel = panel;
    const actions = {
      microphone: () => local.setMicrophone(!local.isOn('microphone')),
      camera: () => local.setCamera(!local.isOn('camera')),
      screen: () => local.setScreen(!local.isOn('screen')),
      chat: () => panel.toggle('chat'),
      people: () => panel.toggle('people'),
      stats: () => panel.toggle('stats'),
      settings: () => settings.open(),
      leave: onLeave,
    };
    for (const [name, action] of Object.entries(actions)) {
      byId(`control-${name}`).addEventListener('click', action);
    }
    byId('control-screen').hidden = !media.canShareScreen;
    document.addEventListener('keydown', (event) => {
      const name = keys[event.code];
      if (!name || !event.altKey || event.ctrlKey || event.metaKey) return;
      if (byId('meeting').hidden || event.repeat) return;
      event.preventDefault();
      if (!byId(`control-${name}`).hidden) actions[name]();
    });
    local.on('change', () => this.update());
    panel.on('change', () => this.update());
    this.update();
  }

  update() {
    const microphone = this.#local.isOn('microphone');
    const camera = this.#local.isOn('camera');
    const screen = this.#local.isOn('screen');
    label('microphone', microphone ? 'mic' : 'mic-off', microphone ? 'Mute' : 'Unmute', {
      full: microphone ? 'Mute microphone' : 'Unmute microphone',
      off: !microphone,
    });
    label('camera', camera ? 'camera' : 'camera-off', camera ? 'Stop video' : 'Start video', {
      off: !camera,
    });
    label('screen', screen ? 'screen-stop' : 'screen', screen ? 'Stop sharing' : 'Share', {
      full: screen ? 'Stop sharing your screen' : 'Share your screen',
      active: screen,
    });
    const { unread } = this.#panel;
    label('chat', 'chat', 'Chat', {
      full: unread ? `Chat, ${unread} unread` : 'Chat',
      badge: unread,
    });
    label('people', 'people', 'People');
    label('stats', 'stats', 'Statistics');
    label('settings', 'settings', 'Devices');
    label('leave', 'leave', 'Leave');
    for (const page of ['chat', 'people', 'stats']) {
      byId(`control-${page}`).setAttribute('aria-expanded', this.#panel.page === page);
    }
  }
}

function label(name, iconName, text, { full = text, off = false, active = false, badge = 0 } = {}) {
  const button = byId(`control-${name}`);
  button.classList.toggle('off', off);
  button.classList.toggle('active', active);
  const shown = `${iconName} ${full}`;
  if (button.dataset.shown === shown) return;
  button.dataset.shown = shown;
  const shortcut = button.getAttribute('aria-keyshortcuts');
  button.title = shortcut ? `${full} (${shortcut})` : full;
  button.setAttribute('aria-label', full);
  button.replaceChildren(icon(iconName), h('span', { class: 'control-label' }, text));
  if (badge) button.append(h('span', { class: 'badge', 'aria-hidden': 'true' }, badge));
}
