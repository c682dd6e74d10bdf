// Publishes 720p from Chromium by WHIP: publish.mjs BASE ROOM vp8|h264. Writes a line of JSON once
// the bitrate has settled, and stays until its input ends.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { launch } from './chromium.mjs';

const [base, room, codec] = process.argv.slice(2);
const settle_s = 12;
const picture = readFileSync(new URL('picture.js', import.meta.url), 'utf8')
  .replaceAll(/^export /gm, '');

const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(`${base}/healthz`);
  await page.addScriptTag({ content: `${picture}\nwindow.movingPicture = movingPicture;` });
  await page.evaluate(async ({ base, room, codec }) => {
    const pc = new RTCPeerConnection();
    window.publisher = pc;
    const { track } = window.movingPicture(1280, 720, 30);
    const transceiver = pc.addTransceiver(track, { direction: 'sendonly' });
    const wanted = RTCRtpSender.getCapabilities('video').codecs.filter((one) => (
      codec === 'h264'
        ? one.mimeType === 'video/H264' && /packetization-mode=1/.test(one.sdpFmtpLine)
          && /profile-level-id=42e01f/.test(one.sdpFmtpLine)
        : one.mimeType === 'video/VP8'));
    transceiver.setCodecPreferences(wanted);
    const parameters = transceiver.sender.getParameters();
    parameters.degradationPreference = 'maintain-resolution';
    await transceiver.sender.setParameters(parameters);
    await pc.setLocalDescription();
    const reply = await fetch(`${base}/whip/${room}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: pc.localDescription.sdp,
    });
    if (reply.status !== 201) throw new Error(`WHIP: ${reply.status} ${await reply.text()}`);
    await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
  }, { base, room, codec });
  await new Promise((resolve) => { setTimeout(resolve, settle_s * 1000); });
  const sent = await page.evaluate(async () => {
    for (const entry of (await window.publisher.getStats()).values()) {
      if (entry.type !== 'outbound-rtp') continue;
      const { frameWidth, frameHeight, framesPerSecond, targetBitrate, framesSent } = entry;
      return { frameWidth, frameHeight, framesPerSecond, targetBitrate, framesSent };
    }
    return {};
  });
  console.log(JSON.stringify(sent));
  process.stdin.resume();
  await once(process.stdin, 'end');
} finally {
  await browser.close();
}
