import { OutpostError, type DispatchRecord, type TerminalStatus } from '@outpost/contracts';
import type { DispatchStore } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  TEST_EPOCH_MS,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AgentHistory } from './agent-history.js';

const LINE = { tenantId: 'acme', agent: 'claude' } as const;

let local: TemporaryLocalPlatform;
let dispatches: DispatchStore;
let history: AgentHistory;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  dispatches = local.open().dispatches;
  history = new AgentHistory({ dispatches, clock: local.clock });
});
afterEach(async () => local.cleanup());

async function waiting(tenantId: string = LINE.tenantId): Promise<DispatchRecord> {
  const limits = { perAgent: 0, perTenant: 0 };
  const result = await dispatches.create(creation({ tenantId }, { limits }));
  if (result.outcome !== 'created') throw new Error(result.outcome);
  return result.record;
}

async function ended(to: TerminalStatus, durationMs = 1_000, tenantId?: string): Promise<void> {
  const record = await waiting(tenantId);
  const limits = { perAgent: 1_000, perTenant: 1_000 };
  await dispatches.admit({ ...record, at: record.createdAt, limits });
  await dispatches.move({ ...record, move: CLAIMED });
  const completedAt = new Date(TEST_EPOCH_MS + durationMs).toISOString();
  await dispatches.move({ ...record, move: ending(to, { completedAt }), event: costEvent(record, to) });
}

it('is that of one tenant', async () => {
  await ended('COMPLETED', 7_000);
  await ended('FAILED', 1, 'globex');
  expect(await history.of(LINE)).toEqual({ successRate: 1, p50DurationMs: 7_000, p95DurationMs: 7_000 });
  expect(await history.of({ ...LINE, tenantId: 'globex' })).toMatchObject({ successRate: 0 });
  expect(await history.of({ ...LINE, agent: 'codex' })).toMatchObject({ successRate: null });
});

it('is found behind a flood of those that wait, with what failed', async () => {
  await ended('COMPLETED', 3_000);
  await ended('FAILED');
  await ended('TIMEOUT');
  await ended('CANCELLED');
  for (let index = 0; index < 60; index += 1) await waiting();
  expect(await history.of(LINE)).toEqual({
    successRate: 1 / 3,
    p50DurationMs: 3_000,
    p95DurationMs: 3_000,
  });
});

it('is read once for all who ask within ten seconds, and then anew', async () => {
  await ended('COMPLETED', 3_000);
  const list = vi.spyOn(dispatches, 'list');
  await Promise.all([history.of(LINE), history.of(LINE)]);
  await ended('COMPLETED', 9_000);
  local.clock.advance(9_999);
  expect(await history.of(LINE)).toMatchObject({ p95DurationMs: 3_000 });
  expect(list).toHaveBeenCalledTimes(1);
  local.clock.advance(1);
  expect(await history.of(LINE)).toMatchObject({ p95DurationMs: 9_000 });
});

it('does not remember that the store did not answer', async () => {
  await ended('COMPLETED');
  const list = vi.spyOn(dispatches, 'list');
  list.mockRejectedValueOnce(new OutpostError('SERVICE_UNAVAILABLE', 'busy'));
  await expect(history.of(LINE)).rejects.toThrow('busy');
  expect(await history.of(LINE)).toMatchObject({ successRate: 1 });
});
