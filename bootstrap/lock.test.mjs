import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

let parent;
let lock;
beforeEach(() => {
  parent = mkdtempSync(path.join(os.tmpdir(), 'outpost-lock-'));
  lock = path.join(parent, '.lock');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** Runs this many contenders at once and says how many were ever inside together. */
async function contend(count, options) {
  let inside = 0;
  let most = 0;
  const one = () =>
    withLock(
      lock,
      async () => {
        inside += 1;
        most = Math.max(most, inside);
        await delay(5);
        inside -= 1;
      },
      options,
    );
  await Promise.all(Array.from({ length: count }, one));
  return most;
}

it('lets one in at a time and leaves nothing behind', async () => {
  expect(await contend(6)).toBe(1);
  expect(readdirSync(parent)).toEqual([]);
});

it('is released when the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(lock, () => 'in')).toBe('in');
});

it('tells once whom it waits for, and takes over from one that gives no sign of life', async () => {
  mkdirSync(lock);
  writeFileSync(path.join(lock, '4242-gone'), '');
  const waits = [];
  const startedAt = Date.now();
  await withLock(lock, () => {}, { onWait: (pid) => waits.push(pid), abandonedAfterMs: 400 });
  expect(waits).toEqual(['4242']);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(390);
});

it('is taken over by one only', async () => {
  mkdirSync(lock);
  writeFileSync(path.join(lock, '4242-gone'), '');
  expect(await contend(5, { abandonedAfterMs: 3000 })).toBe(1);
});

it('gets past a release that was cut short', async () => {
  mkdirSync(lock);
  expect(await withLock(lock, () => 'in')).toBe('in');
});
