// What people do in a meeting: mute, share, write; and what they are told when something is amiss.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

let server;
let browsers;
let ada;
let grace;

before(async () => {
  server = await Server.start();
  browsers = await Promise.all([
    launchChromium('Ada', { args: ['--auto-select-desktop-capture-source=Entire screen'] }),
    launchChromium('Grace'),
  ]);
  [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
  await Promise.all([ada, grace].map((one) => one.join(server, 'meeting')));
  await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

const shownMuted = (one, name) => one.page.evaluate((wanted) => {
  const tile = [...document.querySelectorAll('.tile')].find((each) => each.textContent.includes(wanted));
  return Boolean(tile?.querySelector('.plate .icon:not([hidden])'));
}, name);

test('mute silences the microphone and says so, unmute brings it back', async () => {
  const id = await grace.hears('Ada');
  await ada.click('#control-microphone');
  await until('Grace sees Ada muted', () => shownMuted(grace, 'Ada'));
  await until('no sound comes any more', async () => {
    const before = await grace.inbound(id);
    await until('half a second of statistics', async () =>
      (await grace.inbound(id)).timestamp > before.timestamp + 500);
    return (await grace.inbound(id)).packetsReceived === before.packetsReceived;
  });
  await ada.click('#control-microphone');
  await until('Grace sees Ada unmuted', async () => !(await shownMuted(grace, 'Ada')));
  await grace.hears('Ada');
});

test('who speaks is marked', async () => {
  await until('Grace sees Ada speak', () => grace.page.evaluate(() =>
    [...document.querySelectorAll('.tile.speaking')].some((tile) => tile.textContent.includes('Ada'))));
});

test('the camera goes off and on again', async () => {
  await ada.click('#control-camera');
  await until('Grace sees no picture of Ada', () => grace.page.evaluate(() =>
    [...document.querySelectorAll('.tile')].some((tile) =>
      tile.textContent.includes('Ada') && tile.querySelector('video').hidden)));
  await ada.click('#control-camera');
  await grace.sees('Ada');
});

test('the screen is shared, seen large, and taken back', async () => {
  await ada.page.click('#control-screen'); // a real click: browsers want one here
  const id = await grace.trackOf('Ada', 'screen');
  await grace.decodes(id, 3);
  const sizes = await grace.page.evaluate(() => [...document.querySelectorAll('.tile')].map((tile) => ({
    screen: tile.classList.contains('screen'),
    width: tile.offsetWidth,
  })));
  const screen = sizes.find((tile) => tile.screen);
  for (const tile of sizes) if (!tile.screen) assert.ok(screen.width > 2 * tile.width);
  await ada.click('#control-screen');
  await until('the screen is gone', () => grace.page.evaluate(() =>
    !window.parley.tracks.some(({ source }) => source === 'screen')
    && !document.querySelector('.tile.screen')));
  await ada.page.click('#control-screen');
  await grace.decodes(await grace.trackOf('Ada', 'screen'), 3);
  await ada.click('#control-screen');
});

test('people write to each other', async () => {
  await grace.click('#control-chat');
  await grace.page.fill('#chat-input', 'Hello <b>Ada</b>, see https://example.org/x.');
  await grace.page.keyboard.press('Enter');
  await until('Ada has an unread message', async () => (await ada.text('#control-chat .badge')) === '1');
  await ada.click('#control-chat');
  assert.equal(await ada.text('#chat-log .bubble p'), 'Hello <b>Ada</b>, see https://example.org/x.');
  assert.equal(await ada.page.evaluate(() => document.querySelector('#chat-log a').href), 'https://example.org/x');
  assert.match(await ada.text('#announcer'), /Grace writes/);
  await ada.page.keyboard.press('Escape');
  assert.equal(await ada.page.evaluate(() => document.getElementById('panel').hidden), true);
});

test('the keys work', async () => {
  await ada.page.keyboard.press('Alt+KeyM');
  await until('Grace sees Ada muted', () => shownMuted(grace, 'Ada'));
  await ada.page.keyboard.press('Alt+KeyM');
  await until('Grace sees Ada unmuted', async () => !(await shownMuted(grace, 'Ada')));
});

test('the statistics name bitrate, codec and size', async () => {
  await ada.click('#control-stats');
  await until('figures are shown', async () => {
    const text = await ada.text('#panel-stats');
    return /VP8/.test(text) && /320 × 180/.test(text) && /[1-9]\d* kbit\/s/.test(text) && /Round trip/.test(text);
  });
});

test('every control has a name for screen readers', async () => {
  const nameless = await ada.page.evaluate(() => [...document.querySelectorAll('button, input, select, video')]
    .filter((one) => !one.closest('[hidden]') && !one.closest('dialog:not([open])'))
    .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
    .map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
});

test('no page met an error', async () => {
  await Promise.all([ada.close(), grace.close()]);
});

test('a full room says so and what to do', async () => {
  const small = await Server.start({ signaling: ['max-participants=1'] });
  try {
    const [first, second] = await Promise.all(browsers.map((browser) => browser.participant()));
    await first.join(small, 'small');
    await second.open(small, { room: 'small', name: 'Grace', autojoin: 1 });
    await until('the page says that the room is full', async () =>
      /room is full.*Try again/i.test(await second.text('#join-status')));
    await first.leave();
    await second.page.click('#join-button');
    await second.inside();
    await Promise.all([first.close(), second.close()]);
  } finally {
    await small.stop();
  }
});

test('a refused permission says what to do, and one can still watch', async () => {
  const browser = await launchChromium('Linus', { permission: false });
  try {
    const linus = await browser.participant();
    await linus.open(server, { room: 'denied', name: 'Linus' });
    await until('the page names both devices', async () => {
      const text = await linus.text('#lobby-problems');
      return /camera is blocked. Allow it/.test(text) && /microphone is blocked. Allow it/.test(text);
    });
    await linus.page.click('#join-button');
    await linus.inside();
    const sender = await browsers[0].participant();
    await sender.join(server, 'denied');
    await linus.sees('Ada');
    await Promise.all([linus.close(), sender.close()]);
  } finally {
    await browser.close();
  }
});

test('a server that is away is named, and joined when it is back', async () => {
  const late = await Server.start();
  try {
    const one = await browsers[0].participant();
    await one.open(late, { room: 'late', name: 'Ada' });
    await late.interrupt();
    await one.page.click('#join-button');
    await until('the page says so', async () => /cannot be reached/.test(await one.text('#join-status')));
    await late.run();
    await one.inside();
    await one.close();
  } finally {
    await late.stop();
  }
});
