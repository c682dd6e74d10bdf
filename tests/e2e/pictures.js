// Makes the pictures in docs/images/ from a real meeting: `node tests/e2e/pictures.js` (needs ffmpeg).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launchChromium } from './support/browsers.js';
import { Server, root } from './support/server.js';
import { until } from './support/wait.js';

const folder = path.join(root, 'docs', 'images');
const scratch = mkdtempSync(path.join(tmpdir(), 'parley-pictures-'));

// There are no people here to film: moving patterns stand in for them.
const cast = [
  { name: 'Grace Hopper', source: 'gradients=s=640x360:r=15:c0=0x0f766e:c1=0xfbbf24:n=3:speed=0.02:seed=3' },
  { name: 'Linus', source: 'gradients=s=640x360:r=15:c0=0x3b0764:c1=0x22d3ee:n=2:speed=0.02:seed=5:type=spiral' },
  { name: 'Margaret Hamilton', source: null },
  { name: 'Ada Lovelace', source: 'gradients=s=640x360:r=15:c0=0x1e3a8a:c1=0xf472b6:n=2:speed=0.03:seed=8' },
];

function film(index, source) {
  const file = path.join(scratch, `${index}.y4m`);
  execFileSync('ffmpeg', [
    '-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', '60', '-pix_fmt', 'yuv420p', file,
  ]);
  return `--use-file-for-fake-video-capture=${file}`;
}

const server = await Server.start();
const browsers = [];
try {
  const pages = [];
  for (const [index, { name, source }] of cast.entries()) {
    const browser = await launchChromium('Ada', { args: source ? [film(index, source)] : [] });
    browsers.push(browser);
    const last = index === cast.length - 1;
    const one = await browser.participant(last ? { viewport: { width: 1280, height: 720 } } : {});
    one.name = name;
    await one.join(server, 'design-review', { camera: source ? 1 : 0, simulcast: 0 });
    pages.push(one);
  }
  const [grace, linus, margaret, ada] = pages;
  for (const one of [linus, ada]) await one.click('#control-microphone');
  await Promise.all(['Grace Hopper', 'Linus'].map(async (name) =>
    ada.decodes(await ada.trackOf(name, 'camera'), 20)));
  await ada.click('#control-chat');
  for (const [one, text] of [
    [grace, 'Good morning! The slides are at https://example.org/slides.'],
    [margaret, 'Thanks. I have no camera today, but I hear you well.'],
    [ada, 'Shall we start with the recording pipeline?'],
  ]) {
    if (one !== ada) await one.click('#control-chat');
    await one.page.fill('#chat-input', text);
    await one.page.evaluate(() => document.getElementById('chat-form').requestSubmit());
    await until('Ada has the message', async () => (await ada.text('#chat-log')).includes(text));
  }
  await until('somebody speaks', () => ada.page.evaluate(() =>
    document.querySelector('.tile.speaking') && document.getElementById('toasts').children.length === 0));
  mkdirSync(folder, { recursive: true });
  await ada.page.screenshot({ path: path.join(folder, 'meeting.png') });

  await ada.leave();
  const phone = await browsers.at(-1).participant({
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    isMobile: true,
    hasTouch: true,
  });
  phone.name = 'Ada Lovelace';
  await phone.join(server, 'design-review', { simulcast: 0 });
  await Promise.all(['Grace Hopper', 'Linus'].map(async (name) =>
    phone.decodes(await phone.trackOf(name, 'camera'), 20)));
  await until('somebody speaks', () => phone.page.evaluate(() =>
    document.querySelector('.tile.speaking') && document.getElementById('toasts').children.length === 0));
  await phone.page.screenshot({ path: path.join(folder, 'phone.png') });
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
}
