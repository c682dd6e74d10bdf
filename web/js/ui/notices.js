// Short notices: seen as toasts, read out by screen readers.
import { byId, h, icon } from './dom.js';

const notice_time = 5000; // ms
const problem_time = 15000; // ms: there is something to read and to do
const visible_limit = 3;

/** Tells screen readers only. */
export function announce(text) {
  byId('announcer').append(h('p', {}, text));
  while (byId('announcer').childElementCount > 5) byId('announcer').firstElementChild.remove();
}

export function notify(text) {
  announce(text);
  show(text, 'toast', notice_time);
}

export function warn(text) {
  console.warn(`parley: ${text}`);
  show(text, 'toast problem', problem_time, 'alert');
}

function show(text, className, time, role) {
  const toasts = byId('toasts');
  if ([...toasts.children].some((toast) => toast.firstChild.textContent === text)) return;
  const close = () => toast.remove();
  const toast = h(
    'div',
    { class: className, role },
    h('p', {}, text),
    h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: close }, icon('close')),
  );
  toasts.append(toast);
  setTimeout(close, time);
  while (toasts.childElementCount > visible_limit) toasts.firstElementChild.remove();
}
