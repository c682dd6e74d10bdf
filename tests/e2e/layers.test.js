// Simulcast: three layers leave the publisher, and each viewer gets the one that fits.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

let server;
let browsers;
let ada;
let grace;
let camera;

async function isSent(rids) {
  await until(`Ada sends the layers ${rids}`, async () => {
    const sent = await ada.outbound('camera');
    return rids.every((rid) => sent.some((one) => one.rid === rid && one.framesEncoded > 5));
  }, 30000);
}

async function isSeenAt(height) {
  await until(`Grace sees Ada at ${height} lines`, async () => {
    const { frameHeight } = (await grace.inbound(camera)) ?? {};
    if (frameHeight !== height) throw new Error(`it has ${frameHeight} lines`);
    return true;
  }, 20000);
  await grace.sees('Ada', { frames: 3 });
}

/** A busy machine shall cost frames, not lines: these tests are about sizes. */
async function keepSize() {
  await ada.page.evaluate(async () => {
    for (const sender of window.spied.connections.flatMap((one) => one.getSenders())) {
      if (sender.track?.kind !== 'video') continue;
      const parameters = sender.getParameters();
      await sender.setParameters({ ...parameters, degradationPreference: 'maintain-resolution' });
    }
  });
}

before(async () => {
  server = await Server.start();
  browsers = await Promise.all([
    launchChromium('Ada', { capture: { width: 960, height: 544 } }),
    launchChromium('Grace'),
  ]);
  [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant({
    viewport: { width: 900, height: 600 },
  })));
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

test('three layers are published and announced', async () => {
  // The viewer first: a machine busy with starting browsers lets Ada's bandwidth probes fail.
  await grace.join(server, 'layers', { camera: 0, microphone: 0 });
  await ada.join(server, 'layers');
  camera = await grace.sees('Ada');
  await keepSize();
  await isSent(['q', 'h', 'f']);
  await until('the layers are announced', () => grace.page.evaluate((id) => {
    const { layers } = window.parley.tracks.find((track) => track.id === id);
    return ['q', 'h', 'f'].every((rid) => layers.some((layer) => layer.rid === rid));
  }, camera));
});

test('the size of a tile decides which layer comes', async () => {
  await isSeenAt(272); // two tiles side by side
  await grace.page.locator('.tile', { hasText: 'Ada' }).locator('.tile-pin').click();
  await isSeenAt(544);
  await grace.page.locator('.tile', { hasText: 'Ada' }).locator('.tile-pin').click();
  await grace.page.setViewportSize({ width: 320, height: 320 });
  await isSeenAt(136);
});

test('a layer can be named', async () => {
  await grace.send({ type: 'subscribe', track: camera, layer: 'h' });
  await isSeenAt(272);
  await grace.send({ type: 'subscribe', track: camera, layer: 'highest' });
  await isSeenAt(544);
  await grace.send({ type: 'subscribe', track: camera, layer: 'lowest' });
  await isSeenAt(136);
});

test('?simulcast=0 sends one layer', async () => {
  await ada.leave();
  await ada.join(server, 'layers', { simulcast: 0 });
  camera = await grace.sees('Ada');
  await keepSize();
  const sent = await ada.outbound('camera');
  assert.equal(sent.length, 1);
  await isSeenAt(544);
});

for (const codec of ['VP9', 'H264']) {
  test(`${codec} is published in layers, too`, async () => {
    await ada.leave();
    await ada.join(server, 'layers', { codec });
    camera = await grace.sees('Ada');
    await keepSize();
  await keepSize();
    await isSent(['q', 'h']);
    await grace.send({ type: 'subscribe', track: camera, layer: 'q' });
    await isSeenAt(136);
    await grace.send({ type: 'subscribe', track: camera, layer: 'h' });
    await isSeenAt(272);
  });
}

test('no page met an error', async () => {
  await Promise.all([ada.close(), grace.close()]);
});
