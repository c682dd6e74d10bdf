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
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

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
  await page.evaluate(async ({ janus, parley }) => {
    window.track = window.movingPicture(640, 360, 30).track;
    const { bench, track } = window;
    if (janus) {
      await bench.createJanusRoom(janus, 1);
      await bench.createJanusRoom(janus, 2);
      await bench.publishToJanus(janus, 1, track.clone());
    }
    if (parley) window.watched = await bench.publishToParley(parley, 'watch', track.clone());
  }, addresses);
  await pause(3000);

  const ways = {
    'call in the page': () => page.evaluate(() => window.bench.callInPage(window.track)),
  };
  if (addresses.janus) {
    ways['call, Janus'] = (round) => page.evaluate(({ janus, round }) => (
      window.bench.callJanus(janus, 2, round + 1, window.track)), { ...addresses, round });
    ways['watch, Janus'] = () => page.evaluate(({ janus }) => window.bench.watchJanus(janus, 1), addresses);
  }
  if (addresses.parley) {
    ways['call, Parley'] = (round) => page.evaluate(({ parley, round }) => (
      window.bench.callParley(parley, `call-${round}`, window.track)), { ...addresses, round });
    ways['watch, Parley'] = () => page.evaluate(({ parley }) => (
      window.bench.watchParley(parley, 'watch')), addresses);
    ways['watch, Parley by WHEP'] = () => page.evaluate(({ parley }) => (
      window.bench.watchParleyByWhep(parley, 'watch', window.watched)), addresses);
  }
  const names = Object.keys(ways);
  for (const name of names) results[name] = [];
  // The first round warms up (code, codecs, caches) and does not count.
  for (let round = 0; round <= Number(rounds); round += 1) {
    const shift = round % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      await pause(pause_ms);
      try {
        const time = await ways[name](round);
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
