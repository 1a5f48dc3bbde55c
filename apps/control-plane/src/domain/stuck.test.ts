import { dispatchSpec } from '@outpost/platform/testing';
import { expect, it } from 'vitest';
import { isStuck } from './stuck.js';
import type { ReapPolicy } from './reap.js';

const START = Date.parse('2026-11-23T12:00:00.000Z');
const at = (seconds: number): number => START + seconds * 1_000;
const iso = (seconds: number): string => new Date(at(seconds)).toISOString();

const policy: ReapPolicy = {
  launchGraceMs: 5_000,
  startTimeoutMs: 300_000,
  assignTimeoutMs: 15_000,
  relaunchBackoffMs: 2_000,
  overheadMs: 60_000,
  heartbeatTimeoutMs: 30_000,
  cancelGraceMs: 5_000,
  missingGraceMs: 60_000,
};
const pending = { ...dispatchSpec(), status: 'PENDING', pendingAt: iso(0), attempt: 1 } as const;
const running = (heartbeat: number) =>
  ({
    ...pending,
    status: 'RUNNING',
    timeoutSeconds: 100,
    startedAt: iso(0),
    heartbeatAt: iso(heartbeat),
    stage: 'run',
  }) as const;

it('is one that nobody took, well after its launch was to be given up', () => {
  expect(isStuck(pending, at(600), policy)).toBe(false);
  expect(isStuck(pending, at(600.001), policy)).toBe(true);
});

it('is one whose worker has long been silent', () => {
  expect(isStuck(running(10), at(340), policy)).toBe(false);
  expect(isStuck(running(10), at(340.001), policy)).toBe(true);
});

it('is one that runs on, well after it was to be stopped', () => {
  expect(isStuck(running(480), at(490), policy)).toBe(false);
  expect(isStuck(running(480), at(490.001), policy)).toBe(true);
});
