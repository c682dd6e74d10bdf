// Pipelines and browsers in one room: what is published by rtcroomsink is seen and heard in Chromium,
// and what Chromium publishes comes out of rtcroomsrc.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './support/browsers.js';
import { gstreamerCamera, people } from './support/capture_files.js';
import { GstLaunch } from './support/gst_launch.js';
import { Server } from './support/server.js';
import { until } from './support/wait.js';

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
