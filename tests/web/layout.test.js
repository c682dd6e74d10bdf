import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrange } from '../../web/js/ui/layout.js';

const stages = [[1280, 600], [960, 480], [390, 700], [320, 500], [2560, 1300]];

function overlap(a, b) {
  return a.left < b.left + b.width - 0.01 && b.left < a.left + a.width - 0.01
    && a.top < b.top + b.height - 0.01 && b.top < a.top + a.height - 0.01;
}

for (const [width, height] of stages) {
  test(`on ${width} x ${height} tiles stay apart and inside`, () => {
    for (let count = 1; count <= 30; count += 1) {
      for (const focused of [-1, 0, count - 1]) {
        const tiles = arrange(width, height, count, focused);
        assert.equal(tiles.length, count);
        tiles.forEach((tile, index) => {
          assert.ok(tile.width > 40 && tile.height > 30, `${count} people: ${JSON.stringify(tile)}`);
          assert.ok(tile.top >= 0);
          if (focused < 0) assert.ok(tile.left >= -0.01 && tile.left + tile.width <= width + 0.01);
          for (const other of tiles.slice(index + 1)) assert.ok(!overlap(tile, other), `${count} people`);
        });
      }
    }
  });
}

test('up to nine people fit without scrolling', () => {
  for (const [width, height] of stages) {
    for (let count = 1; count <= 9; count += 1) {
      const bottom = Math.max(...arrange(width, height, count).map((tile) => tile.top + tile.height));
      assert.ok(bottom <= height + 0.01, `${count} on ${width} x ${height}`);
    }
  }
});

test('two people on a telephone are one above the other', () => {
  const [first, second] = arrange(390, 700, 2);
  assert.equal(first.left, second.left);
  assert.ok(second.top >= first.top + first.height);
});

test('a focused tile is much larger than the others', () => {
  const [first, second, third] = arrange(1280, 600, 3, 1);
  for (const other of [first, third]) {
    assert.ok(second.width * second.height > 8 * other.width * other.height);
  }
});

test('without a stage there is nothing to place', () => {
  assert.deepEqual(arrange(0, 0, 3), []);
  assert.deepEqual(arrange(100, 100, 0), []);
});
