// The same meeting with a Firefox ESR in it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, launchFirefox, no_firefox } from './support/browsers.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

describe('with Firefox', { skip: no_firefox }, () => {
  let server;
  let browsers;
  let ada;
  let grace;
  let fox;

  before(async () => {
    server = await Server.start();
    browsers = await Promise.all([launchChromium('Ada'), launchChromium('Grace'), launchFirefox('Fox')]);
    [ada, grace, fox] = await Promise.all(browsers.map((browser) => browser.participant()));
  });

  after(async () => {
    await Promise.all((browsers ?? []).map((browser) => browser.close()));
    await server?.stop();
  });

  // Firefox's own fake camera is a picture that changes; it has no colour that could be chosen.
  async function seesFox(one) {
    const id = await one.trackOf('Fox', 'camera');
    await one.decodes(id);
    const shades = new Set();
    await until(`${one.name} sees Fox move`, async () => {
      const picture = await one.picture(id);
      if (picture) shades.add(picture.color.join());
      return shades.size >= 3;
    });
    const microphone = await one.trackOf('Fox', 'microphone');
    await until(`${one.name} gets sound from Fox`, async () =>
      (await one.inbound(microphone))?.totalAudioEnergy > 0);
  }

  async function everybodyMeets() {
    await Promise.all([
      ...['Ada', 'Grace'].flatMap((name) => [fox.sees(name), fox.hears(name)]),
      ada.sees('Grace'), ada.hears('Grace'), seesFox(ada),
      grace.sees('Ada'), grace.hears('Ada'), seesFox(grace),
    ]);
  }

  test('two Chromiums and a Firefox see and hear each other', async () => {
    await Promise.all([ada, grace, fox].map((one) => one.join(server, 'mixed')));
    await everybodyMeets();
  });

  test('Firefox leaves and comes back', async () => {
    await fox.leave();
    await until('Ada sees Fox go', () => ada.page.evaluate(() =>
      !window.parley.participants.some(({ name }) => name === 'Fox')));
    await fox.join(server, 'mixed');
    await everybodyMeets();
  });

  test('both connections of Firefox survive an ICE restart', async () => {
    const incoming = await fox.trackOf('Ada', 'camera');
    const outgoing = await ada.trackOf('Fox', 'camera');
    await fox.restartIce();
    await Promise.all([fox.decodes(incoming), ada.decodes(outgoing)]);
    const { publisher, subscriber } = await fox.connections();
    assert.deepEqual([publisher, subscriber], ['connected', 'connected']);
  });

  test('Firefox says that it cannot play H264, and hears the one who sends it', async () => {
    await ada.leave();
    await ada.join(server, 'mixed', { codec: 'H264' });
    await Promise.all([grace.sees('Ada'), fox.hears('Ada')]);
    await until('the tile names the codec', () => fox.page.evaluate(() =>
      [...document.querySelectorAll('.tile')].some((tile) =>
        tile.textContent.includes('Ada') && /cannot play H264/.test(tile.textContent))));
    const track = await fox.page.evaluate(() => window.parley.tracks.find(({ codec }) => codec === 'H264'));
    assert.equal(track.error, 'track-unsupported');
  });

  test('no page met an error', async () => {
    await Promise.all([ada, grace, fox].map((one) => one.close()));
  });
});
