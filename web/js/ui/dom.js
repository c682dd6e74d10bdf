// Small helpers for making elements.

const svg_ns = 'http://www.w3.org/2000/svg';

export const byId = (id) => document.getElementById(id);

/** An element with properties (`class`, `on...` listeners, attributes) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An icon of icons.svg, hidden from screen readers. */
export function icon(name, className = '') {
  const svg = document.createElementNS(svg_ns, 'svg');
  const use = document.createElementNS(svg_ns, 'use');
  svg.setAttribute('class', `icon ${className}`.trim());
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** One or two letters for a name. */
export function initials(name) {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join('') || '?';
}

/** A colour angle that stays the same for the same text. */
export function hue(text) {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}
