import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { RequestError, Signaling } from '../../web/js/signaling.js';

const real = { WebSocket: globalThis.WebSocket, setTimeout: globalThis.setTimeout };
let sockets;
let timers;

class FakeSocket {
  static OPEN = 1;
  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    sockets.push(this);
  }

  opens() {
    this.readyState = 1;
    this.onopen();
  }

  says(message) {
    this.onmessage({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  breaks() {
    this.readyState = 3;
    this.onclose();
  }
}

beforeEach(() => {
  sockets = [];
  timers = [];
  globalThis.WebSocket = FakeSocket;
  globalThis.setTimeout = (callback, delay) => timers.push({ callback, delay });
});

afterEach(() => Object.assign(globalThis, real));

const opened = () => {
  const signaling = new Signaling('ws://test/ws');
  signaling.open();
  sockets[0].opens();
  return signaling;
};

test('a reply finds its request, an error rejects it', async () => {
  const signaling = opened();
  const good = signaling.request({ type: 'offer' });
  const bad = signaling.request({ type: 'offer' });
  const [first, second] = sockets[0].sent;
  sockets[0].says({ type: 'error', id: second.id, code: 'bad-sdp', text: 'no' });
  sockets[0].says({ type: 'answer', id: first.id, sdp: 'x' });
  assert.equal((await good).sdp, 'x');
  await assert.rejects(bad, (error) => error instanceof RequestError && error.code === 'bad-sdp');
  signaling.close();
});

test('a lost connection is made again, later each time, never later than five seconds', () => {
  const signaling = opened();
  sockets[0].breaks();
  const delays = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const { callback, delay } = timers.at(-1);
    delays.push(delay);
    callback();
    sockets.at(-1).breaks();
  }
  assert.ok(delays[0] <= 250);
  assert.ok(delays[8] >= 2500);
  assert.ok(Math.max(...delays) <= 5000);
  assert.ok(new Set(delays.slice(6)).size > 1, 'they vary');
  signaling.close();
});

test('only a settled session starts the backoff from the beginning', () => {
  const signaling = opened();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    sockets.at(-1).breaks();
    timers.at(-1).callback();
    sockets.at(-1).opens();
  }
  sockets.at(-1).breaks();
  assert.ok(timers.at(-1).delay > 1000, 'an accepted connection alone is no success');
  timers.at(-1).callback();
  sockets.at(-1).opens();
  signaling.settled();
  sockets.at(-1).breaks();
  assert.ok(timers.at(-1).delay <= 250);
  signaling.close();
});

test('a request under way fails when the connection is lost', async () => {
  const signaling = opened();
  const request = signaling.request({ type: 'offer' });
  sockets[0].breaks();
  await assert.rejects(request, { code: 'connection-lost' });
  signaling.close();
});

test('closed stays closed', () => {
  const signaling = opened();
  signaling.close();
  assert.equal(signaling.state, 'closed');
  assert.equal(signaling.send({ type: 'ping' }), false);
  assert.equal(sockets.length, 1);
});

test('what is no JSON is survived, what is no reply is handed on', () => {
  const signaling = opened();
  const seen = [];
  signaling.on('message', (message) => seen.push(message.type));
  sockets[0].says('{');
  sockets[0].says({ type: 'speakers', speakers: [] });
  assert.deepEqual(seen, ['speakers']);
  signaling.close();
});
