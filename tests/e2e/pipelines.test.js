// Pipelines and browsers in one room: what is published by rtcroomsink is seen and heard in Chromium,
// and what Chromium publishes comes out of rtcroomsrc.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchChromium } from './support/browsers.js';
import { captureFiles, counter_bits, gstreamerCamera, people } from './support/capture_files.js';
import { listen, look, movesInColor, soundsRight } from './support/content.js';
import { GstLaunch, ParleyRun, scratchFolder } from './support/gst_launch.js';
import { freeMediaPort, freeTcpPort } from './support/ports.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';
import { watch } from './support/whep.js';

const aiortc_publisher = fileURLToPath(new URL('support/aiortc_whip.py', import.meta.url));

let server;
let browser;

before(async () => {
  server = await Server.startWithTaps();
  browser = await launchChromium('Grace');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const words = (line) => line.trim().split(/\s+/);

/** gst-launch words of a sink that publishes as Ada, whose pads are `s.`. */
const ada = (room, more = '') =>
  words(`rtcroomsink name=s uri=${server.tapUri} room=${room} participant=ada display-name=Ada ${more}`);

const tone = (name) => `audiotestsrc is-live=true freq=${people[name].tone} volume=0.3`;

const publishers = {
  'raw media': `${gstreamerCamera('Ada')} ! s. ${tone('Ada')} ! s.`,
  'H264 that is encoded already': `${gstreamerCamera('Ada')} ! x264enc tune=zerolatency bframes=0 speed-preset=ultrafast `
    + `! video/x-h264,profile=baseline ! s. ${tone('Ada')} ! opusenc ! s.`,
  'RTP of AV1': `${gstreamerCamera('Ada')} ! av1enc usage-profile=realtime cpu-used=9 lag-in-frames=0 keyframe-max-dist=30 `
    + `! av1parse ! rtcav1pay ! s. ${tone('Ada')} ! opusenc ! rtpopuspay ! s.`,
};

for (const [index, [what, line]] of Object.entries(publishers).entries()) {
  test(`${what} that a pipeline publishes is seen and heard`, async () => {
    const room = `publish-${index}`;
    const grace = await browser.participant();
    await grace.join(server, room, { camera: 0, microphone: 0 });
    const pipeline = new GstLaunch([...words(line), ...ada(room)]);
    await Promise.all([grace.sees('Ada'), grace.hears('Ada')]);
    await pipeline.interrupt();
    await until('Ada is gone', () => grace.page.evaluate(() => window.parley.participants.every(({ name }) => name !== 'Ada')));
    await grace.close();
  });
}

test('each simulcast layer that a pipeline publishes can be seen', async () => {
  const grace = await browser.participant();
  await grace.join(server, 'simulcast', { camera: 0, microphone: 0 });
  const pipeline = new GstLaunch([
    ...words(`${gstreamerCamera('Ada', { width: 640, height: 360 })} ! s.`), ...ada('simulcast', 'simulcast=2'),
  ]);
  const track = await grace.sees('Ada');
  for (const [layer, width] of [['h', 320], ['f', 640]]) {
    await grace.send({ type: 'subscribe', track, layer });
    await until(`the picture is ${width} wide`, async () => (await grace.picture(track))?.width === width);
  }
  await pipeline.interrupt();
  await grace.close();
});

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`${codec} of a browser comes out of a pipeline as it was shown`, async () => {
    const room = `receive-${codec}`;
    const grace = await browser.participant();
    await grace.join(server, room, { codec });
    let last;
    let frames = 0;
    // Without the bar above and the counter below, the picture is of one colour.
    const pipeline = new GstLaunch([
      ...words(`-q rtcroomsrc uri=${server.tapUri} room=${room} media=video output=raw ! videoconvert `
        + '! videoscale ! video/x-raw,format=RGB,width=320,height=180 ! videocrop top=40 bottom=60 '
        + '! videoscale ! video/x-raw,format=RGB,width=4,height=1 ! fdsink fd=1 sync=false'),
    ], {
      onData: (data) => {
        frames += data.length / 12;
        last = data.subarray(-12);
      },
    });
    await until('thirty frames have come', () => frames >= 30, 20000);
    people.Grace.color.forEach((value, channel) => {
      assert.ok(Math.abs(value - last[channel]) < 45, `the colour is ${[...last.subarray(0, 3)]}`);
    });
    await pipeline.interrupt();
    await grace.close();
  });
}

test('a room is carried on into another one', async () => {
  const grace = await browser.participant();
  await grace.join(server, 'far', { camera: 0, microphone: 0 });
  const publisher = new GstLaunch([...words(publishers['raw media']), ...ada('near')]);
  const bridge = new GstLaunch(words(`rtcroomsrc uri=${server.tapUri} room=near : `
    + `rtcroomsink uri=${server.tapUri} room=far participant=bridge display-name=Ada`));
  await Promise.all([grace.sees('Ada'), grace.hears('Ada')]);
  await bridge.interrupt();
  await publisher.interrupt();
  await grace.close();
});

test('what a pipeline publishes by WebSocket, from anywhere, is seen and heard', async () => {
  const grace = await browser.participant();
  await grace.join(server, 'remote-in', { camera: 0, microphone: 0 });
  const pipeline = new GstLaunch([...words(publishers['raw media']), ...words('rtcroomsink name=s '
    + `uri=${server.url.replace('http', 'ws')}/ws room=remote-in participant=ada display-name=Ada`)]);
  await Promise.all([grace.sees('Ada'), grace.hears('Ada')]);
  await pipeline.interrupt();
  await until('Ada is gone', () => grace.page.evaluate(() => window.parley.participants.every(({ name }) => name !== 'Ada')));
  await grace.close();
});

for (const [how, uri] of [['WebSocket', () => `${server.url.replace('http', 'ws')}/ws`],
  ['WHEP', () => `${server.url}/whep/remote-WHEP`]]) {
  test(`a browser's picture comes out of a pipeline by ${how}, from anywhere`, async () => {
    const grace = await browser.participant();
    await grace.join(server, `remote-${how}`);
    let last;
    let frames = 0;
    const pipeline = new GstLaunch([
      ...words(`-q rtcroomsrc uri=${uri()} room=remote-${how} media=video output=raw ! videoconvert `
        + '! videoscale ! video/x-raw,format=RGB,width=320,height=180 ! videocrop top=40 bottom=60 '
        + '! videoscale ! video/x-raw,format=RGB,width=4,height=1 ! fdsink fd=1 sync=false'),
    ], {
      onData: (data) => {
        frames += data.length / 12;
        last = data.subarray(-12);
      },
    });
    await until('thirty frames have come', () => frames >= 30, 20000);
    people.Grace.color.forEach((value, channel) => {
      assert.ok(Math.abs(value - last[channel]) < 45, `the colour is ${[...last.subarray(0, 3)]}`);
    });
    await pipeline.interrupt();
    await grace.close();
  });
}

test('whep-out: a player watches a film', async (t) => {
  const film = path.join(scratchFolder(), 'film.webm');
  execFileSync('gst-launch-1.0', ['-q', ...words(`${gstreamerCamera('Ada').replace('identity sync=true', 'identity eos-after=450')} ! vp8enc deadline=1 `
    + `keyframe-max-dist=30 ! webmmux name=m ! filesink location=${film} `
    + `audiotestsrc num-buffers=1500 samplesperbuffer=960 freq=${people.Ada.tone} volume=0.3 `
    + '! audio/x-raw,rate=48000 ! opusenc ! m.')]);
  const port = await freeTcpPort();
  const pipeline = new ParleyRun(['whep-out', `source=file://${film}`, `listen=127.0.0.1:${port}`,
    `media-port=${await freeMediaPort()}`]);
  t.after(() => pipeline.running && pipeline.kill());
  const url = `http://127.0.0.1:${port}`;
  await until('the server is ready', async () => (await fetch(`${url}/readyz`)).ok);
  const viewer = await browser.participant();
  await viewer.open({ url });
  const { status, text } = await viewer.page.evaluate(watch, '/whep/live');
  assert.equal(status, 201, text);
  await movesInColor('the viewer sees Ada move', () => viewer.page.evaluate(look, ['video', counter_bits]), { name: 'Ada' });
  await soundsRight('the viewer hears Ada', () => viewer.page.evaluate(listen, 'audio'), { name: 'Ada' });
  await pipeline.interrupt();
  await viewer.close();
});

test('whip-in: what aiortc publishes comes out as MPEG-TS', async (t) => {
  const [listenPort, mediaPort, port] = [await freeTcpPort(), await freeMediaPort(), await freeMediaPort()];
  const pipeline = new ParleyRun(['whip-in', 'room=studio', 'host=127.0.0.1', `port=${port}`, 'width=640', 'height=360',
    `listen=127.0.0.1:${listenPort}`, `media-port=${mediaPort}`]);
  t.after(() => pipeline.running && pipeline.kill());
  const url = `http://127.0.0.1:${listenPort}`;
  await until('the server is ready', async () => (await fetch(`${url}/readyz`)).ok);
  const { video, audio } = captureFiles('Linus');
  const publisher = spawn('/usr/bin/python3', [aiortc_publisher, `${url}/whip/studio`, video, audio], { stdio: 'ignore' });
  t.after(() => publisher.kill('SIGKILL'));
  const out = path.join(scratchFolder(), 'out.ts');
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-i', `udp://127.0.0.1:${port}?timeout=30000000`, '-t', '4',
    '-c', 'copy', out], { timeout: 60000 });
  const { streams } = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', out]));
  assert.deepEqual(streams.map((stream) => stream.codec_name).sort(), ['aac', 'h264']);
  const picture = streams.find((stream) => stream.codec_type === 'video');
  assert.deepEqual([picture.width, picture.height], [640, 360]);
  const decoded = execFileSync('ffmpeg', ['-v', 'error', '-i', out, '-map', '0:v', '-vf', 'scale=64:36', '-pix_fmt', 'rgb24', '-f',
    'rawvideo', '-'], { maxBuffer: 64 << 20 });
  const last = decoded.subarray(-64 * 36 * 3);
  const middle = last.subarray((18 * 64 + 32) * 3, (18 * 64 + 33) * 3);
  people.Linus.color.forEach((value, channel) => assert.ok(Math.abs(value - middle[channel]) < 45, `it is ${[...middle]}`));
  await pipeline.interrupt();
});
