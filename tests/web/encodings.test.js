import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodingsFor } from '../../web/js/encodings.js';

const camera = (width, height) => ({ getSettings: () => ({ width, height }) });
const rids = (encodings) => encodings.map(({ rid }) => rid);

test('a 720p camera is sent in three layers, the lowest first', () => {
  const encodings = encodingsFor('camera', camera(1280, 720), { simulcast: true, codec: '' });
  assert.deepEqual(rids(encodings), ['q', 'h', 'f']);
  assert.deepEqual(encodings.map((one) => one.scaleResolutionDownBy), [4, 2, 1]);
  assert.ok(encodings[0].maxBitrate < encodings[1].maxBitrate);
});

test('a telephone held upright has as many layers as one held across', () => {
  const encodings = encodingsFor('camera', camera(720, 1280), { simulcast: true, codec: '' });
  assert.deepEqual(rids(encodings), ['q', 'h', 'f']);
});

test('small cameras have fewer layers, full size always among them', () => {
  assert.deepEqual(rids(encodingsFor('camera', camera(640, 360), { simulcast: true })), ['h', 'f']);
  const single = encodingsFor('camera', camera(320, 180), { simulcast: true });
  assert.equal(single.length, 1);
  assert.equal(single[0].scaleResolutionDownBy ?? 1, 1);
});

test('VP9 and AV1 layers name their scalability mode', () => {
  for (const codec of ['VP9', 'AV1']) {
    const encodings = encodingsFor('camera', camera(1280, 720), { simulcast: true, codec });
    assert.ok(encodings.every(({ scalabilityMode }) => scalabilityMode === 'L1T2'));
  }
});

test('screens and sounds are sent once', () => {
  assert.equal(encodingsFor('screen', camera(1920, 1080), { simulcast: true }).length, 1);
  assert.equal(encodingsFor('microphone', camera(), { simulcast: true }).length, 1);
});
