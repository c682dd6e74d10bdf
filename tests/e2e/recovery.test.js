// What breaks heals by itself: new network paths, a cut WebSocket, a silent server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

let server;
let browsers;
let ada;
let grace;
let adaSeen;
let graceSeen;

before(async () => {
  server = await Server.start();
  browsers = await Promise.all([launchChromium('Ada'), launchChromium('Grace')]);
  [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
  await Promise.all([ada, grace].map((one) => one.join(server, 'recovery')));
  [adaSeen, graceSeen] = await Promise.all([grace.sees('Ada'), ada.sees('Grace')]);
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

test('both connections restart ICE while media flows', async () => {
  await Promise.all([grace.watchGaps(adaSeen), ada.watchGaps(graceSeen)]);
  await ada.restartIce();
  await Promise.all([grace.decodes(adaSeen, 30), ada.decodes(graceSeen, 30)]);
  const { publisher, subscriber } = await ada.connections();
  assert.deepEqual([publisher, subscriber], ['connected', 'connected']);
  for (const { longest } of [await grace.gaps(adaSeen), await ada.gaps(graceSeen)]) {
    assert.ok(longest < 1000, `the picture stood still for ${Math.round(longest)} ms`);
  }
});

test('a cut WebSocket is resumed, and the media never notices', async () => {
  const before = await ada.page.evaluate(() => window.parley.self.id);
  const lostBefore = (await ada.inbound(graceSeen)).packetsLost;
  await Promise.all([grace.watchGaps(adaSeen), ada.watchGaps(graceSeen)]);
  const sockets = await ada.page.evaluate(() => {
    window.spied.sockets.at(-1).close();
    return window.spied.sockets.length;
  });
  await until('Ada makes another connection and is back', () => ada.page.evaluate((count) =>
    window.spied.sockets.length > count && window.parley.state === 'joined', sockets));
  assert.equal(await ada.page.evaluate(() => window.parley.self.id), before, 'the same session');
  assert.equal(await grace.page.evaluate(() => window.parley.participants.length), 1);
  await Promise.all([grace.decodes(adaSeen, 15), ada.decodes(graceSeen, 15)]);
  for (const { longest } of [await grace.gaps(adaSeen), await ada.gaps(graceSeen)]) {
    assert.ok(longest < 500, `the picture stood still for ${Math.round(longest)} ms`);
  }
  assert.equal((await ada.inbound(graceSeen)).packetsLost, lostBefore);
  assert.equal(await ada.page.evaluate(() => window.spied.connections.length), 2, 'no connection was made anew');
});

test('what happens while the WebSocket is cut is known afterwards', async () => {
  // No new connection gets through until the page is let go.
  await ada.page.evaluate(() => {
    window.realSocket = window.WebSocket;
    window.WebSocket = class extends EventTarget {
      constructor() {
        super();
        setTimeout(() => this.onclose?.(), 0);
      }

      close() {}
    };
    window.spied.sockets.at(-1).close();
  });
  await until('Ada notices', () => ada.page.evaluate(() => window.parley.state === 'reconnecting'));
  await grace.click('#control-microphone');
  await until('Grace is muted', () => grace.page.evaluate(() =>
    document.getElementById('control-microphone').classList.contains('off')));
  await ada.page.evaluate(() => { window.WebSocket = window.realSocket; });
  await ada.inside();
  await until('Ada sees that Grace is muted', () => ada.page.evaluate(() =>
    window.parley.tracks.find(({ source }) => source === 'microphone')?.muted));
  await grace.click('#control-microphone');
  await ada.hears('Grace');
});

test('no page met an error', async () => {
  await Promise.all([ada.close(), grace.close()]);
});
