// Every video codec that Chromium can send reaches another browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { Server } from './support/server.js';

let server;
let browsers;

before(async () => {
  server = await Server.start();
  browsers = await Promise.all([launchChromium('Ada'), launchChromium('Grace')]);
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`${codec} is published, named and seen`, async () => {
    const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
    await Promise.all([
      ada.join(server, `codec-${codec}`, { codec }),
      grace.join(server, `codec-${codec}`, { camera: 0, microphone: 0 }),
    ]);
    const id = await grace.sees('Ada');
    const announced = await grace.page.evaluate((track) =>
      window.parley.tracks.find((one) => one.id === track).codec, id);
    assert.equal(announced, codec);
    const mimeType = await grace.page.evaluate(async (track) => {
      const mids = window.parley.mids('subscriber');
      const stats = await window.parley.stats('subscriber');
      const inbound = stats.find((one) => one.type === 'inbound-rtp' && mids[one.mid] === track);
      return stats.find((one) => one.id === inbound.codecId).mimeType;
    }, id);
    assert.equal(mimeType, `video/${codec}`);
    await Promise.all([ada.close(), grace.close()]);
  });
}

test('a participant without camera and microphone sees and hears the others', async () => {
  const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
  await grace.join(server, 'watch', { camera: 0, microphone: 0 });
  await ada.join(server, 'watch');
  await Promise.all([grace.sees('Ada'), grace.hears('Ada')]);
  assert.deepEqual(await ada.page.evaluate(() => window.parley.tracks), []);
  await Promise.all([ada.close(), grace.close()]);
});
