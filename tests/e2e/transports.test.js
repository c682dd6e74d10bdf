// Bad roads: no UDP at all, and a link that loses one packet in ten.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { freeMediaPort } from './support/ports.js';
import { Relay } from './support/relay.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

let browsers;

before(async () => {
  browsers = await Promise.all([launchChromium('Ada'), launchChromium('Grace')]);
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
});

/** The candidate pairs in use of a connection, as [local protocol, remote port]. */
function path(participant, connection) {
  return participant.page.evaluate(async (name) => {
    const stats = await window.parley.stats(name);
    const transport = stats.find(({ type }) => type === 'transport');
    const pair = stats.find(({ id }) => id === transport.selectedCandidatePairId);
    const find = (wanted) => stats.find(({ id }) => id === wanted);
    return {
      protocol: find(pair.localCandidateId).protocol,
      port: find(pair.remoteCandidateId).port,
    };
  }, connection);
}

test('a participant who has TCP only meets one who has UDP', async () => {
  const server = await Server.start();
  try {
    const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
    await Promise.all([ada.join(server, 'tcp', { transport: 'tcp' }), grace.join(server, 'tcp')]);
    await Promise.all([ada.sees('Grace'), ada.hears('Grace'), grace.sees('Ada'), grace.hears('Ada')]);
    for (const connection of ['publisher', 'subscriber']) {
      assert.deepEqual(await path(ada, connection), { protocol: 'tcp', port: server.mediaPort });
    }
    await Promise.all([ada.close(), grace.close()]);
  } finally {
    await server.stop();
  }
});

/** A server whose only address is that of a relay. `sfu`: more of its properties. */
async function behindRelay(sfu = []) {
  const mediaPort = await freeMediaPort();
  const relay = await Relay.start({ to: mediaPort });
  const server = await Server.start({ mediaPort, sfu: [`announce=127.0.0.1:${relay.port}`, ...sfu] });
  return { relay, server };
}

test('with 10 % loss both ways no picture stands still for longer than a second', async () => {
  const { relay, server } = await behindRelay();
  let counters;
  try {
    const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
    await Promise.all([ada.join(server, 'loss'), grace.join(server, 'loss')]);
    const [adaSeen, graceSeen] = await Promise.all([grace.sees('Ada'), ada.sees('Grace')]);
    assert.equal((await path(ada, 'publisher')).port, relay.port);
    await relay.tell('loss 10');
    await Promise.all([grace.watchGaps(adaSeen), ada.watchGaps(graceSeen)]);
    for (const [one, id] of [[grace, adaSeen], [ada, graceSeen]]) {
      await until(`${one.name} has watched for twelve seconds`, async () =>
        (await one.gaps(id)).seconds >= 12, 20000);
      const { longest, frames, seconds } = await one.gaps(id);
      assert.ok(longest < 1000, `${one.name}'s picture stood still for ${Math.round(longest)} ms`);
      // 15 a second are sent; what is repaired too late may be skipped, but not the most of it.
      assert.ok(frames / seconds > 9, `${one.name} saw ${frames} frames in ${Math.round(seconds)} s`);
      assert.ok((await one.inbound(id)).packetsLost > 0, 'the loss is real');
    }
    await Promise.all([ada.hears('Grace'), grace.hears('Ada')]);
    await Promise.all([ada.close(), grace.close()]);
  } finally {
    await server.stop();
    counters = await relay.stop();
  }
  const { received, lost } = counters.down;
  assert.ok(lost / received > 0.05, `the relay lost ${lost} of ${received}`);
});

test('a network that goes away and comes back is found again', async () => {
  const { relay, server } = await behindRelay();
  try {
    const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
    await Promise.all([ada.join(server, 'away'), grace.join(server, 'away')]);
    const [adaSeen, graceSeen] = await Promise.all([grace.sees('Ada'), ada.sees('Grace')]);
    await relay.tell('block');
    await until('the page says that it is interrupted', async () =>
      /interrupted/.test(await ada.text('#connection-mark')), 20000);
    await relay.tell('unblock');
    await Promise.all([grace.decodes(adaSeen), ada.decodes(graceSeen)]);
    await until('the page says that all is well', async () =>
      (await ada.text('#connection-mark')) === 'Connected');
    await Promise.all([ada.close(), grace.close()]);
  } finally {
    await server.stop();
    await relay.stop();
  }
});

test('a network that is away for longer than the server waits is no end either', async () => {
  const { relay, server } = await behindRelay(['consent-timeout=2000']);
  try {
    const [ada, grace] = await Promise.all(browsers.map((browser) => browser.participant()));
    await Promise.all([ada.join(server, 'long'), grace.join(server, 'long')]);
    await Promise.all([grace.sees('Ada'), ada.sees('Grace')]);
    const before = await ada.page.evaluate(() => window.parley.self.id);
    await relay.tell('block');
    await until('Ada starts over', () => ada.page.evaluate((id) =>
      window.parley.state === 'joined' && window.parley.self.id !== id, before), 20000);
    await relay.tell('unblock');
    await Promise.all([grace.sees('Ada', { timeout: 25000 }), ada.sees('Grace', { timeout: 25000 })]);
    await Promise.all([ada.close(), grace.close()]);
  } finally {
    await server.stop();
    await relay.stop();
  }
});
