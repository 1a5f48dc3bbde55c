import type { AuditEvent } from '@outpost/contracts';
import type { AuditStore, ControlPlatform } from '@outpost/platform';
import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLogger } from './audit-logger.js';

const INJECTED: AuditEvent = {
  tenantId: 'acme',
  actor: { kind: 'control_plane' },
  action: 'secret.inject',
  resource: 'secret/agents/claude',
  outcome: 'success',
};

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let logged: Record<string, unknown>[];

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  logged = [];
});
afterEach(() => local.cleanup());

function loggerOn(store: AuditStore): AuditLogger {
  const sink = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };
  return new AuditLogger({ store, clock: local.clock, logger: pino({ level: 'info' }, sink) });
}

describe('the AuditLogger', () => {
  it('stores entries for a year, in the order in which they were recorded', async () => {
    const audit = loggerOn(platform.audit);
    const resources = Array.from({ length: 20 }, (_, index) => `secret/tenants/${index}`);
    for (const resource of resources) audit.record({ ...INJECTED, resource });
    await audit.settled();
    const { entries, ...rest } = await audit.list({ tenantId: 'acme', limit: 100 });
    expect(rest).toEqual({});
    expect(entries.map(({ resource }) => resource)).toEqual(resources.toReversed());
    expect(entries[0]).toEqual({
      ...INJECTED,
      resource: resources.at(-1),
      auditId: expect.any(String),
      at: '2026-11-23T12:00:00.000Z',
      ttl: Date.parse('2027-11-23T12:00:00Z') / 1_000,
    });
    expect(await audit.list({ tenantId: 'acme', limit: 3 })).toMatchObject({
      nextCursor: expect.any(String),
    });
  });

  it('does not wait for the store until it is asked to settle', async () => {
    const gate = Promise.withResolvers<void>();
    const stored: string[] = [];
    const audit = loggerOn({
      ...platform.audit,
      append: async ({ resource }) => {
        await gate.promise;
        stored.push(resource);
      },
    });
    audit.record(INJECTED);
    expect(stored).toEqual([]);
    const settled = audit.settled().then(() => stored.push('settled'));
    await turn();
    expect(stored).toEqual([]);
    gate.resolve();
    await settled;
    expect(stored).toEqual(['secret/agents/claude', 'settled']);
  });

  it('has the entry in the log before it returns', () => {
    loggerOn(platform.audit).record(INJECTED);
    expect(logged).toMatchObject([
      { level: 30, msg: 'audit', entry: { ...INJECTED, auditId: expect.any(String) } },
    ]);
  });

  it('lets nobody feel that an entry could not be stored, and stores it when the store is back', async () => {
    let isDown = true;
    let stored = 0;
    const audit = loggerOn({
      ...platform.audit,
      append: async (entry) => {
        if (isDown) throw new Error('the store is down');
        await platform.audit.append(entry);
        stored += 1;
      },
    });
    audit.record(INJECTED);
    await audit.settled();
    expect(logged.at(-1)).toMatchObject({
      level: 50,
      msg: 'audit entry not stored; the next round tries again',
      err: { message: 'the store is down' },
      entry: INJECTED,
    });
    await audit.storeLeft();
    expect(await audit.list({ tenantId: 'acme', limit: 10 })).toEqual({ entries: [] });
    isDown = false;
    await audit.storeLeft();
    await audit.storeLeft();
    expect(await audit.list({ tenantId: 'acme', limit: 10 })).toMatchObject({ entries: [INJECTED] });
    expect(stored).toBe(1);
  });
});
