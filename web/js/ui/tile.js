// One tile: a participant's camera, or one shared screen.
import { h, hue, icon, initials } from './dom.js';

export class Tile {
  element;
  video;
  key;
  #plate;
  #plateName = h('span');
  #muted = icon('mic-off');
  #avatar;
  #problemText = h('p');
  #problem;
  #pin;
  #muteText = h('span', { class: 'visually-hidden' }, 'microphone off');
  #unrecorded = icon('rec-off', 'unrecorded');
  #unrecordedText = h('span', { class: 'visually-hidden' }, 'not in the recording');

  constructor({ key, name, self, screen, onPin }) {
    this.key = key;
    this.video = h('video', { playsinline: true, autoplay: true });
    this.video.muted = true; // sound plays apart from the picture, see sound.js
    this.#avatar = h(
      'div',
      { class: 'avatar', 'aria-hidden': 'true' },
      h('span', {}, screen ? icon('screen') : initials(name)),
    );
    this.#avatar.style.setProperty('--hue', hue(name));
    this.#problem = h('div', { class: 'tile-problem' }, icon('warning'), this.#problemText);
    this.#plate = h(
      'div',
      { class: 'plate' },
      this.#muted,
      this.#muteText,
      this.#unrecorded,
      this.#unrecordedText,
      this.#plateName,
    );
    this.#pin = h('button', { class: 'tile-pin', type: 'button', onclick: onPin });
    this.element = h(
      'li',
      { class: `tile${screen ? ' screen' : ''}` },
      this.#avatar,
      this.video,
      this.#problem,
      this.#plate,
      this.#pin,
    );
    const label = screen ? `${name}’s screen` : `${name}${self ? ' (you)' : ''}`;
    this.#plateName.textContent = label;
    this.video.setAttribute('aria-label', label);
    this.#label = label;
    this.update({});
  }

  #label;

  /**
   * `mediaTrack`: the video to show, if any; `muted`: its microphone is off; `problem`: a text in
   * place of the picture; `unrecorded`: recordings leave this out; `speaking`, `pinned`, `mirrored`: flags.
   */
  update({ mediaTrack, muted, problem, unrecorded, speaking, pinned, mirrored }) {
    this.#show(mediaTrack ?? null);
    this.video.hidden = !mediaTrack || Boolean(problem);
    this.#avatar.hidden = !this.video.hidden;
    this.#muted.toggleAttribute('hidden', !muted);
    this.#muteText.hidden = !muted;
    this.#unrecorded.toggleAttribute('hidden', !unrecorded);
    this.#unrecordedText.hidden = !unrecorded;
    this.#plate.title = unrecorded ? 'Not in the recording' : '';
    this.#problem.hidden = !problem;
    if (this.#problemText.textContent !== (problem ?? '')) {
      this.#problemText.textContent = problem ?? '';
    }
    this.element.classList.toggle('speaking', Boolean(speaking));
    this.element.classList.toggle('mirrored', Boolean(mirrored));
    this.#updatePin(Boolean(pinned));
  }

  place({ left, top, width, height }) {
    Object.assign(this.element.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
  }

  #updatePin(pinned) {
    const text = pinned ? `Show ${this.#label} at normal size` : `Show ${this.#label} large`;
    if (this.#pin.title === text) return;
    this.#pin.title = text;
    this.#pin.setAttribute('aria-label', text);
    this.#pin.setAttribute('aria-pressed', pinned);
    this.#pin.replaceChildren(icon(pinned ? 'unpin' : 'pin'));
  }

  #show(track) {
    const shown = this.video.srcObject?.getVideoTracks()[0] ?? null;
    if (shown === track) return;
    this.video.srcObject = track ? new MediaStream([track]) : null;
    // Muted video may always play; what play() rejects with here is a newer srcObject.
    if (track) this.video.play().catch(() => {});
  }
}
