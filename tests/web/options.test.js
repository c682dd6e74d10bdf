import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, roomName } from '../../web/js/options.js';

test('an empty address asks for the usual', () => {
  const options = readOptions('');
  assert.equal(options.autojoin, false);
  assert.equal(options.simulcast, true);
  assert.equal(options.camera, true);
  assert.equal(options.codec, '');
});

test('a kiosk joins by its address', () => {
  const options = readOptions('?room=lobby&name=Screen%201&autojoin=1&camera=0&simulcast=0&codec=vp9');
  assert.deepEqual(
    [options.room, options.name, options.autojoin, options.camera, options.simulcast, options.codec],
    ['lobby', 'Screen 1', true, false, false, 'VP9'],
  );
});

test('what is not known is left out', () => {
  assert.equal(readOptions('?codec=theora').codec, '');
  assert.equal(readOptions('?transport=pigeon').transport, '');
});

test('room names become what the server takes', () => {
  assert.equal(roomName('  Team stand-up  '), 'Team-stand-up');
  assert.equal(roomName('Café №1/2'), 'Cafe-No12');
  assert.equal(roomName('???'), '');
  assert.equal(roomName('x'.repeat(80)).length, 64);
});
