// A recorded call: everybody sees that it is, who may be left out is asked, and nothing of anybody
// leaves the room for the recording before they allow it.
// PARLEY_PICTURES=FOLDER keeps what the pages look like on the way.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { GstLaunch } from './support/gst_launch.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

let server;
let browsers;

before(async () => {
  server = await Server.startWithTaps();
  browsers = await Promise.all(['Ada', 'Grace', 'Linus'].map((name) => launchChromium(name)));
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.stop();
});

/** A recording that keeps nothing; what counts is what the server hands to it. */
const record = (room, more = []) => new GstLaunch([
  'rtcroomsrc', 'name=room', `uri=${server.tapUri}`, `room=${room}`, 'purpose=recording', ...more,
  ...['audio', 'video'].flatMap((kind) => [0, 1, 2].flatMap((index) => [
    `room.${kind}_${index}`, '!', 'fakesink', 'sync=false', 'async=false',
  ])),
]);

/** Packets that the server has handed to taps, by participant and source. */
async function tapped(room) {
  const stats = await (await fetch(`${server.url}/api/v1/stats`)).json();
  const counts = {};
  for (const one of stats.workers.flatMap(({ rooms }) => rooms)) {
    if (one.name !== room) continue;
    for (const { track, participant, packetsSent } of one.subscriptions) {
      if (participant.startsWith('tap-')) counts[track] = packetsSent;
    }
  }
  return counts;
}

/** So many packets of a participant went out: of all their tracks. */
async function packetsOf(room, person) {
  const id = await person.page.evaluate(() => window.parley.self.id);
  const counts = Object.entries(await tapped(room)).filter(([track]) => track.startsWith(`${id}/`));
  assert.equal(counts.length, 2, `camera and microphone of ${person.name} are asked for`);
  return counts.reduce((sum, [, packets]) => sum + packets, 0);
}

const isShown = (person, id) =>
  person.page.evaluate((one) => document.getElementById(one).checkVisibility(), id);

/** Names of tiles that are marked as left out. */
const marked = (person) => person.page.evaluate(() => [...document.querySelectorAll('.tile')]
  .filter((tile) => tile.querySelector('.unrecorded').checkVisibility())
  .map((tile) => tile.querySelector('.plate > span:last-child').textContent).sort());

async function picture(person, name) {
  if (!process.env.PARLEY_PICTURES) return;
  await person.page.screenshot({ path: path.join(process.env.PARLEY_PICTURES, `${name}.png`) });
}

const flows = async (room, person) => {
  const before = await packetsOf(room, person);
  await until(`${person.name} is recorded`, async () => (await packetsOf(room, person)) > before + 20);
};

test('who is recorded knows, is asked, and is left out until they allow it', async () => {
  const room = 'recorded';
  const [ada, grace] = await Promise.all(browsers.slice(0, 2).map((browser) => browser.participant()));
  await Promise.all([ada, grace].map((one) => one.join(server, room)));
  await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);
  assert.equal(await isShown(ada, 'recording-mark'), false);
  assert.equal(await isShown(ada, 'consent-ask'), false);

  const recording = record(room, ['consent-required=true']);
  for (const one of [ada, grace]) {
    await until(`${one.name} sees the badge`, () => isShown(one, 'recording-mark'));
    await until(`${one.name} is asked`, () => isShown(one, 'consent-ask'));
    assert.match(await one.text('#consent-question'), /This call is recorded/);
    assert.match(await one.text('#announcer'), /This call is recorded/, 'and screen readers say so');
  }
  await until('both tracks of both are asked for', async () => Object.keys(await tapped(room)).length === 4);
  await until('both are marked', async () => (await marked(ada)).length === 2);
  await picture(ada, 'asked-desktop');
  await Promise.all([ada.sees('Grace'), grace.hears('Ada')]); // the meeting goes on
  assert.deepEqual(Object.values(await tapped(room)), [0, 0, 0, 0], 'nothing has come out');

  await ada.click('#consent-allow');
  assert.equal(await isShown(ada, 'consent-ask'), false);
  await flows(room, ada);
  assert.equal(await packetsOf(room, grace), 0);
  await until('Grace sees who is left out', async () => (await marked(grace)).join() === 'Grace (you)');

  await grace.click('#consent-refuse');
  await until('it is told', async () => (await marked(ada)).join() === 'Grace');
  assert.equal(await packetsOf(room, grace), 0);

  // Changed later, in the panel.
  await ada.click('#control-people');
  await picture(ada, 'panel-desktop');
  assert.match(await ada.text('#consent-state'), /in the recording/);
  await ada.click('#consent-change');
  await until('Grace knows', async () => (await marked(grace)).length === 2);
  const stopped = await packetsOf(room, ada);
  await grace.decodes(await grace.trackOf('Ada', 'camera'), 30); // a second of pictures
  assert.equal(await packetsOf(room, ada), stopped, 'and nothing more has come out');

  await ada.click('#consent-change');
  await flows(room, ada);

  // A late joiner, on a telephone.
  const linus = await browsers[2].participant({ viewport: { width: 390, height: 844 } });
  await linus.join(server, room);
  await until('Linus sees the badge', () => isShown(linus, 'recording-mark'));
  assert.equal(await isShown(linus, 'consent-ask'), true);
  await linus.sees('Ada');
  await until('who is left out is marked', async () => (await marked(linus)).join() === 'Grace,Linus (you)');
  await picture(linus, 'asked-phone');

  // A connection that is lost and resumed.
  await ada.page.evaluate(() => window.spied.sockets.at(-1).close());
  await until('Ada is back', () => ada.page.evaluate(() => window.spied.sockets.length > 1
    && window.parley.state === 'joined'));
  assert.equal(await isShown(ada, 'recording-mark'), true);
  assert.equal(await isShown(ada, 'consent-ask'), false, 'she has answered');
  await flows(room, ada);

  await recording.interrupt();
  for (const one of [ada, grace, linus]) {
    await until(`${one.name} sees that it is over`, async () => !(await isShown(one, 'recording-mark')));
  }
  assert.equal(await isShown(linus, 'consent-ask'), false, 'the question is too');
  assert.deepEqual(await marked(ada), []);
  await Promise.all([ada, grace, linus].map((one) => one.close()));
});

test('where consent is assumed everybody is told and nobody is asked', async () => {
  const room = 'assumed';
  const ada = await browsers[0].participant();
  await ada.join(server, room);
  const recording = record(room);
  await until('Ada sees the badge', () => isShown(ada, 'recording-mark'));
  assert.match(await ada.text('#toasts'), /is being recorded/);
  assert.equal(await isShown(ada, 'consent-ask'), false);
  assert.deepEqual(await marked(ada), []);
  await until('both tracks are asked for', async () => Object.keys(await tapped(room)).length === 2);
  await flows(room, ada);
  await picture(ada, 'assumed-desktop');
  await recording.interrupt();
  await ada.close();
});
