import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choice, leftOut, question } from '../../web/js/consent.js';

const required = { recording: true, consentRequired: true, consent: null };

test('who may be left out is asked, once', () => {
  assert.match(question(required), /^This call is recorded\. May your voice and picture/);
  assert.match(question({ ...required, recording: false }), /^This call may be recorded\./);
  assert.equal(question({ ...required, consent: false }), null);
  assert.equal(question({ ...required, consent: true }), null);
});

test('where consent is assumed nobody is asked, and nobody is marked', () => {
  const assumed = { recording: true, consentRequired: false, consent: null };
  assert.equal(question(assumed), null);
  assert.equal(choice(assumed), null);
  assert.equal(leftOut(assumed, false), false);
});

test('only who has agreed is in a recording that requires it', () => {
  assert.equal(leftOut(required, null), true);
  assert.equal(leftOut(required, undefined), true);
  assert.equal(leftOut(required, false), true);
  assert.equal(leftOut(required, true), false);
  assert.equal(leftOut({ ...required, recording: false }, false), false, 'there is none to be left out of');
});

test('a choice can be changed, both ways', () => {
  assert.deepEqual([choice({ ...required, consent: true }).gives, choice({ ...required, consent: false }).gives], [false, true]);
  assert.equal(choice(required).gives, true, 'no answer is no');
});
