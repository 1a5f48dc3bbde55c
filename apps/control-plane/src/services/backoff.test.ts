import { createSettableClock } from '@outpost/platform/testing';
import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

it('pauses after a failure, longer after each that follows soon, up to its most', () => {
  const clock = createSettableClock();
  const backoff = new Backoff<string>({ clock, firstMs: 100, maxMs: 250 });
  expect(backoff.isPaused('a')).toBe(false);
  for (const pauseMs of [100, 200, 250, 250]) {
    backoff.failed('a');
    clock.advance(pauseMs - 1);
    expect(backoff.isPaused('a')).toBe(true);
    clock.advance(1);
    expect(backoff.isPaused('a')).toBe(false);
  }
  expect(backoff.isPaused('b')).toBe(false);
});

it('forgets failures when there were none for a while', () => {
  const clock = createSettableClock();
  const backoff = new Backoff<string>({ clock, firstMs: 100, maxMs: 1_000 });
  backoff.failed('a');
  backoff.failed('a');
  clock.advance(400);
  backoff.failed('a');
  clock.advance(100);
  expect(backoff.isPaused('a')).toBe(false);
});
