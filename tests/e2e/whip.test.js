// WHIP and WHEP: broadcasters' programs publish, a plain page watches, and liars stay outside.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './support/browsers.js';
import { captureFiles, counter_bits, gstreamerCamera, people } from './support/capture_files.js';
import { listen, look, movesInColor, soundsRight } from './support/content.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';
import { watch } from './support/whep.js';

const whip_client = '/usr/bin/whip-client';
const aiortc_publisher = fileURLToPath(new URL('support/aiortc_whip.py', import.meta.url));

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

/** Runs a program while `body` does; then interrupts it. What it wrote goes into a failure. */
async function during(command, args, body, env = process.env) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data; });
  const exited = once(child, 'exit');
  try {
    await body();
  } catch (error) {
    error.message += `\n${command} wrote:\n${output.slice(-3000)}`;
    throw error;
  } finally {
    child.kill('SIGINT');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
  }
}

/**
 * Debian 12's whip-client uses libsoup 2, and its webrtcbin loads libnice, whose UPnP library loads
 * libsoup 3, which ends such a process. webrtcbin never uses UPnP: a library without it will do.
 */
function withoutUpnp() {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-e2e-upnp-'));
  const library = 'libgupnp-igd-1.0.so.4';
  const calls = ['add_port', 'get_type', 'remove_port_local', 'thread_new'];
  const source = calls.map((call) => `long gupnp_simple_igd_${call}(void) { return 0; }`).join('\n');
  execFileSync('cc', ['-shared', '-fPIC', '-o', path.join(folder, library), `-Wl,-soname,${library}`, '-x', 'c', '-'], {
    input: source,
  });
  const { GST_PLUGIN_PATH, ...env } = process.env;
  return { folder, env: { ...env, LD_LIBRARY_PATH: folder } };
}

async function gone(viewer) {
  await until('the publisher is gone', () => viewer.page.evaluate(() =>
    window.parley.participants.length === 0));
}

test('simple-whip-client publishes, a browser sees and hears it', {
  skip: existsSync(whip_client) ? false : 'there is no whip-client (Debian: simple-whip-client)',
}, async () => {
  const viewer = await browsers[0].participant();
  await viewer.join(server, 'whip-gst', { camera: 0, microphone: 0 });
  const args = [
    '-u', `${server.url}/whip/whip-gst`,
    '-V', `${gstreamerCamera('Linus')} ! `
      + 'vp8enc deadline=1 keyframe-max-dist=150 ! rtpvp8pay pt=96 ssrc=2 picture-id-mode=2 ! queue '
      + '! application/x-rtp,media=video,encoding-name=VP8,payload=96',
    '-A', `audiotestsrc is-live=true wave=sine freq=${people.Linus.tone} volume=0.3 ! audioconvert `
      + '! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue '
      + '! application/x-rtp,media=audio,encoding-name=OPUS,payload=100',
  ];
  const { folder, env } = withoutUpnp();
  try {
    await during(whip_client, args, () => Promise.all([
      viewer.sees('Linus', { from: null }),
      viewer.hears('Linus', { from: null }),
    ]), env);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await gone(viewer);
  await viewer.close();
});

test('aiortc publishes, a browser sees and hears it', async () => {
  const viewer = await browsers[0].participant();
  await viewer.join(server, 'whip-aiortc', { camera: 0, microphone: 0 });
  const { video, audio } = captureFiles('Linus');
  const args = [aiortc_publisher, `${server.url}/whip/whip-aiortc`, video, audio];
  await during('/usr/bin/python3', args, () => Promise.all([
    viewer.sees('Linus', { from: null }),
    viewer.hears('Linus', { from: null }),
  ]));
  await gone(viewer);
  await viewer.close();
});

test('a plain page watches the loudest by WHEP, from before anybody is there', async () => {
  const viewer = await browsers[1].participant();
  await viewer.open(server);
  const { status, text, location } = await viewer.page.evaluate(watch, '/whep/whep');
  assert.equal(status, 201, text);
  const speaker = await browsers[0].participant();
  await speaker.join(server, 'whep');
  await movesInColor(
    'the viewer sees Ada move',
    () => viewer.page.evaluate(look, ['video', counter_bits]),
    { name: 'Ada' },
  );
  await soundsRight('the viewer hears Ada', () => viewer.page.evaluate(listen, 'audio'), { name: 'Ada' });
  assert.deepEqual(
    await speaker.page.evaluate(() => window.parley.participants),
    [],
    'a viewer is nobody in the room',
  );
  const deleted = await viewer.page.evaluate(async (where) =>
    (await fetch(where, { method: 'DELETE' })).status, location);
  assert.equal(deleted, 200);
  await Promise.all([speaker.close(), viewer.close()]);
});

test('the one participant named is watched by WHEP', async () => {
  const [speaker, viewer] = await Promise.all(browsers.map((browser) => browser.participant()));
  await speaker.join(server, 'whep-one');
  const id = await speaker.page.evaluate(() => window.parley.self.id);
  await viewer.open(server);
  const { status, text } = await viewer.page.evaluate(watch, `/whep/whep-one/${id}`);
  assert.equal(status, 201, text);
  await movesInColor(
    'the viewer sees Ada move',
    () => viewer.page.evaluate(look, ['video', counter_bits]),
    { name: 'Ada' },
  );
  await Promise.all([speaker.close(), viewer.close()]);
});

/** In the page: publishes by WHIP; `falsify` changes the fingerprint on the way. Notes every state. */
async function publish({ path, falsify }) {
  const connection = new RTCPeerConnection();
  window.states = [];
  connection.onconnectionstatechange = () => window.states.push(connection.connectionState);
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
  await connection.setLocalDescription();
  const sdp = connection.localDescription.sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (all, start, first) =>
    (falsify ? `${start}${first === '00' ? '01' : '00'}` : all));
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: sdp,
  });
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return response.status;
}

test('one whose certificate is not the one of the SDP never gets in', async () => {
  const [liar, viewer] = await Promise.all(browsers.map((browser) => browser.participant()));
  await viewer.join(server, 'liar', { camera: 0, microphone: 0 });
  await liar.open(server);
  const status = await liar.page.evaluate(publish, { path: '/whip/liar', falsify: true });
  assert.equal(status, 201);
  await until('the connection fails', () => liar.page.evaluate(() => window.states.includes('failed')), 20000);
  assert.equal(await liar.page.evaluate(() => window.states.includes('connected')), false);
  const decoded = await viewer.page.evaluate(async () => (await window.parley.stats('subscriber'))
    .filter(({ type }) => type === 'inbound-rtp')
    .reduce((sum, { packetsReceived }) => sum + packetsReceived, 0));
  assert.equal(decoded, 0);

  await liar.open(server);
  await liar.page.evaluate(publish, { path: '/whip/liar', falsify: false });
  await until('the honest one connects', () => liar.page.evaluate(() => window.states.includes('connected')));
  await Promise.all([liar.close(), viewer.close()]);
});
