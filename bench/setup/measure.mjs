// measure.mjs ROUNDS NAME=ADDRESS...: times to the first decoded frame, ways in turns; JSON.
// Names: janus (ws://...) and parley (http://...).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { launch } from '../browser/chromium.mjs';

const [rounds, ...servers] = process.argv.slice(2);
const addresses = Object.fromEntries(servers.map((one) => one.split(/=(.*)/s).slice(0, 2)));
const source = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
  .replaceAll(/^export /gm, '');
/** Encoders make a keyframe a second at most when asked: each way finds one that is ready to. */
const pause_ms = 1100;

// An origin of this machine, as Parley asks for.
const blank = createServer((_, reply) => {
  reply.setHeader('Content-Type', 'text/html');
  reply.end('<!doctype html><title>bench</title>');
}).listen(0, '127.0.0.1');
await new Promise((resolve) => { blank.once('listening', resolve); });

const browser = await launch();
const results = {};
const failures = [];
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${blank.address().port}/`);
  await page.addScriptTag({
    content: `${source('../browser/picture.js')}\n${source('page.js')}\nwindow.movingPicture = movingPicture;`,
  });
  await page.evaluate(async (addresses) => {
    window.picture = window.movingPicture(640, 360, 30);
    const { track } = window.picture;
    if (addresses.janus) window.janus = await window.bench.publishToJanus(addresses.janus, track.clone());
    if (addresses.parley) {
      window.parley = await window.bench.publishToParley(addresses.parley, track.clone());
    }
  }, addresses);
  await new Promise((resolve) => { setTimeout(resolve, 3000); });

  const ways = { 'in the page': () => page.evaluate(() => window.bench.viewInPage(window.picture.track)) };
  if (addresses.janus) {
    ways.Janus = () => page.evaluate((url) => window.bench.viewJanus(url), addresses.janus);
  }
  if (addresses.parley) {
    ways.Parley = () => page.evaluate((base) => window.bench.viewParley(base), addresses.parley);
    ways['Parley, WHEP'] = () => page.evaluate(
      (base) => window.bench.viewParleyByWhep(base, window.parley.participant), addresses.parley,
    );
  }
  const names = Object.keys(ways);
  for (const name of names) results[name] = [];
  // The first round warms up (code, codecs, caches) and does not count.
  for (let round = 0; round <= Number(rounds); round += 1) {
    const shift = round % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      await new Promise((resolve) => { setTimeout(resolve, pause_ms); });
      try {
        const time = await ways[name]();
        if (round > 0) results[name].push(Math.round(time * 100) / 100);
      } catch (error) {
        failures.push(`${name}, round ${round}: ${error.message.split('\n')[0]}`);
      }
    }
  }
} finally {
  await browser.close();
  blank.close();
}
console.log(JSON.stringify({ results, failures }));
