// The main job: three people meet, see and hear each other, come and go, and survive a restart.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { people } from './support/capture_files.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

const names = Object.keys(people);
let server;
let browsers;
let everybody;

async function everybodyMeets(timeout) {
  await Promise.all(everybody.flatMap((one) => names
    .filter((name) => name !== one.name)
    .flatMap((name) => [one.sees(name, { timeout }), one.hears(name, { timeout })])));
}

before(async () => {
  server = await Server.start();
  browsers = await Promise.all(names.map((name) => launchChromium(name)));
  everybody = await Promise.all(browsers.map((browser) => browser.participant()));
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

test('three people in one room see and hear each other', async () => {
  await Promise.all(everybody.map((one) => one.join(server, 'meeting')));
  await everybodyMeets();
  for (const one of everybody) {
    const tiles = await one.page.evaluate(() => document.querySelectorAll('#grid .tile').length);
    assert.equal(tiles, 3, `${one.name}'s grid`);
  }
});

test('one leaves and is gone for the others, then comes back', async () => {
  const [ada, ...others] = everybody;
  await ada.leave();
  for (const one of others) {
    await until(`${one.name} sees Ada go`, () => one.page.evaluate(() =>
      window.parley.participants.length === 1 && !window.parley.tracks.some(({ participant }) =>
        !window.parley.participants.some(({ id }) => id === participant))));
  }
  await ada.join(server, 'meeting');
  await everybodyMeets();
});

test('the server restarts under them and they come back by themselves', async () => {
  const before = await everybody[0].page.evaluate(() => window.parley.self.id);
  await server.interrupt();
  await Promise.all(everybody.map((one) => until(`${one.name} notices`, () =>
    one.page.evaluate(() => window.parley.state === 'reconnecting'))));
  await server.run();
  await Promise.all(everybody.map((one) => one.inside(20000)));
  const now = await everybody[0].page.evaluate(() => window.parley.self.id);
  assert.notEqual(now, before, 'a session of the old server cannot go on');
  await everybodyMeets(20000);
});

test('no page met an error', async () => {
  await Promise.all(everybody.map((one) => one.close()));
});
