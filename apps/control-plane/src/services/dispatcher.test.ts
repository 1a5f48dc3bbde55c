import {
  failure,
  LIMITS,
  OutpostError,
  type CreateDispatch,
  type DispatchRecord,
  type DispatchSpec,
  type TerminalStatus,
} from '@outpost/contracts';
import type { CapacityLimits, ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  ending,
  TEST_AT,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLogger } from './audit-logger.js';
import { Dispatcher, type Accepted } from './dispatcher.js';
import { EventPublisher } from './event-publisher.js';
import { RepositoryCheck } from './repository-check.js';
import { SecretInjector } from './secret-injector.js';
import { WorkspaceHandler } from './workspace-handler.js';

const principal = { tenantId: 'acme', apiKeyId: 'key-1', scopes: ['dispatch'] } as const;
const request: CreateDispatch = {
  agent: 'claude',
  task: 'Write a test for the empty cart.',
  contextLevel: 'standard',
  timeoutSeconds: 600,
  tags: { team: 'core', area: 'cart' },
};
const ROOMY = { perAgent: 100, perTenant: 100 };
const FULL = { perAgent: 0, perTenant: 0 };

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let branches: Record<string, string>;
const launchSoon = vi.fn<(record: DispatchRecord) => void>();
const stopCancelled = vi.fn<(record: DispatchRecord) => Promise<void>>();
const poke = vi.fn<() => void>();
const availability = vi.fn<ControlPlatform['inventory']['availability']>();

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  branches = { 'octocat/hello': 'main' };
  vi.resetAllMocks();
  stopCancelled.mockResolvedValue(undefined);
  availability.mockResolvedValue({ available: true });
});
afterEach(async () => local.cleanup());

function dispatcherWith(limits: CapacityLimits = ROOMY): Dispatcher {
  const { clock } = local;
  const { dispatches } = platform;
  const logger = pino({ level: 'silent' });
  const audit = new AuditLogger({ store: platform.audit, clock, logger });
  const secrets = new SecretInjector({ secrets: platform.secrets, audit });
  const findBranch: ControlPlatform['repositories']['findBranch'] = async ({ url, branch }) => {
    const found = Object.entries(branches).find(([repo]) => url.includes(repo))?.[1];
    if (found === undefined) return { outcome: 'unreachable', message: 'gone' };
    return { outcome: 'found', branch: branch ?? found };
  };
  return new Dispatcher({
    dispatches,
    inventory: { availability },
    repositories: new RepositoryCheck({ repositories: { findBranch }, secrets, allowLocal: true }),
    secrets,
    workspaces: new WorkspaceHandler({ store: platform.workspaces, volumes: platform.volumes, clock }),
    launcher: { launchSoon, stopCancelled },
    scheduler: { poke },
    publisher: new EventPublisher({ ...platform, clock, graceMs: 0, logger }),
    limits,
    clock,
  });
}

const create = (more: Partial<CreateDispatch> = {}, idempotencyKey?: string, limits = ROOMY) =>
  dispatcherWith(limits).create({ principal, request: { ...request, ...more }, idempotencyKey });
const retry = (dispatchId: string, idempotencyKey?: string) =>
  dispatcherWith().retry({ principal, dispatchId, idempotencyKey });
const cancel = ({ tenantId, dispatchId }: DispatchRecord) =>
  dispatcherWith().cancel({ tenantId, dispatchId });

async function read({ tenantId, dispatchId }: DispatchRecord): Promise<DispatchRecord> {
  return (await platform.dispatches.get({ tenantId, dispatchId }))!;
}

async function claim(record: DispatchRecord): Promise<DispatchRecord> {
  await platform.dispatches.move({ ...record, move: CLAIMED });
  return read(record);
}

async function end(record: DispatchRecord, to: TerminalStatus = 'FAILED'): Promise<DispatchRecord> {
  await claim(record);
  await platform.dispatches.move({ ...record, move: ending(to), event: costEvent(record, to) });
  return read(record);
}

/** The worker took it and ran out of memory: its next attempt, on a larger tier, waits to be launched. */
async function relaunch(record: DispatchRecord): Promise<DispatchRecord> {
  const { tier, startedAt } = (await claim(record)) as DispatchRecord & { startedAt: string };
  const outOfMemory = failure('out_of_memory', 'killed by SIGKILL');
  const endedAt = new Date(Date.parse(TEST_AT) + 60_000).toISOString();
  const move = {
    to: 'PENDING',
    pendingAt: endedAt,
    attempt: 2,
    attempts: [{ attempt: 1, tier, startedAt, endedAt, failure: outOfMemory }],
    tier: 'flagship',
  } as const;
  await platform.dispatches.move({ ...record, move });
  return read(record);
}

const runs = async (): Promise<readonly DispatchRecord[]> =>
  (await platform.dispatches.list({ tenantId: 'acme', limit: 100 })).records;
const bytes = ({ record }: Accepted): string => JSON.stringify(record);
const errorOf = async (call: Promise<unknown>): Promise<OutpostError> =>
  call.then(
    () => expect.fail('It was not refused.'),
    (error: OutpostError) => error,
  );

describe('a dispatch that is accepted', () => {
  it('is launched when it has its slots', async () => {
    const { record, isReplay } = await create();
    expect(isReplay).toBe(false);
    expect(record).toMatchObject({ status: 'PENDING', attempt: 1, pendingAt: record.createdAt });
    expect(launchSoon.mock.calls.map(([{ dispatchId }]) => dispatchId)).toEqual([record.dispatchId]);
    expect(poke).not.toHaveBeenCalled();
  });

  it('wakes the scheduler when it has to wait', async () => {
    expect((await create({}, undefined, FULL)).record.status).toBe('QUEUED');
    expect(launchSoon).not.toHaveBeenCalled();
    expect(poke).toHaveBeenCalledOnce();
  });
});

describe('a request that comes again with its Idempotency-Key', () => {
  it.each([
    ['PENDING', ROOMY],
    ['QUEUED', FULL],
  ])('is answered as at first, %s, whatever has come of the dispatch', async (status, limits) => {
    const first = await create({ tier: 'fast' }, 'key-1', limits);
    expect(first.record.status).toBe(status);
    const again = async () => {
      local.clock.advance(1_000);
      const answer = await create({ tier: 'fast' }, 'key-1');
      expect(answer.isReplay).toBe(true);
      expect(bytes(answer)).toBe(bytes(first));
    };
    await again();
    await platform.dispatches.admit({ ...first.record, at: TEST_AT, limits: ROOMY });
    await again();
    expect(await relaunch(first.record)).toMatchObject({ tier: 'flagship', attempt: 2 });
    await again();
    await end(first.record, 'COMPLETED');
    await again();
    expect(launchSoon.mock.calls.length + poke.mock.calls.length).toBe(1);
    expect(await runs()).toHaveLength(1);
  });

  it('is answered though the repository is gone by now, and the agent cannot be had', async () => {
    const first = await create({ repo: 'octocat/hello' }, 'key-1');
    branches = {};
    availability.mockResolvedValue({ available: false, reason: 'not installed' });
    expect(bytes(await create({ repo: 'octocat/hello' }, 'key-1'))).toBe(bytes(first));
  });

  it('makes one dispatch and one workspace, however many come at once', async () => {
    const dispatcher = dispatcherWith();
    const params = { principal, request: { ...request, workspaceMode: 'persistent' }, idempotencyKey: 'k' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => dispatcher.create(params as Parameters<Dispatcher['create']>[0])),
    );
    expect(new Set(answers.map(bytes)).size).toBe(1);
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await runs()).toHaveLength(1);
    expect(launchSoon).toHaveBeenCalledOnce();
    const farFuture = '2999-01-01T00:00:00.000Z';
    const kept = await platform.workspaces.listExpired({ now: farFuture });
    expect(kept.map(({ workspaceId }) => workspaceId)).toEqual([answers[0]!.record.workspaceId]);
  });

  it('is the same request in whatever order its fields and tags are', async () => {
    const first = await create({ userId: 'ada' }, 'key-1');
    const turned = Object.fromEntries(Object.entries({ ...request, userId: 'ada' }).toReversed());
    const tags = Object.fromEntries(Object.entries(request.tags!).toReversed());
    expect(bytes(await create({ ...turned, tags }, 'key-1'))).toBe(bytes(first));
  });

  it('is a conflict with another body', async () => {
    const { record } = await create({}, 'key-1');
    const error = await errorOf(create({ userId: 'eve' }, 'key-1'));
    expect(error.code).toBe('CONFLICT');
    expect(error.message).toContain(record.dispatchId);
  });

  it('is a new one after a day', async () => {
    const first = await create({}, 'key-1');
    local.clock.advance(LIMITS.idempotencyKeyHours * 3_600_000 - 1_000);
    expect((await create({}, 'key-1')).record.dispatchId).toBe(first.record.dispatchId);
    local.clock.advance(1_000);
    const second = await create({}, 'key-1');
    expect(second.isReplay).toBe(false);
    expect(second.record.dispatchId).not.toBe(first.record.dispatchId);
  });

  it('is nothing to other tenants', async () => {
    await create({}, 'key-1');
    const other = { ...principal, tenantId: 'globex' };
    expect(
      await dispatcherWith().create({ principal: other, request, idempotencyKey: 'key-1' }),
    ).toMatchObject({ isReplay: false });
  });
});

describe('a retry', () => {
  it.each<TerminalStatus>(['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'])(
    'of one that is %s is a new dispatch with the same input',
    async (to) => {
      const asked = { repo: 'octocat/hello', userId: 'ada', timeoutSeconds: 90 } as const;
      const { record: first } = await create({ ...asked, tier: 'fast', contextLevel: 'full' });
      await end(first, to);
      local.clock.advance(5_000);
      const { record, isReplay } = await retry(first.dispatchId);
      const {
        dispatchId,
        createdAt,
        workspaceId,
        ttl,
        pendingAt: _,
        ...same
      } = first as DispatchSpec & {
        pendingAt: string;
      };
      expect(isReplay).toBe(false);
      expect(record).toMatchObject({ ...same, branch: 'main', retryOf: dispatchId });
      expect(record.createdAt > createdAt && record.ttl > ttl).toBe(true);
      expect(record.dispatchId).not.toBe(dispatchId);
      expect(record.workspaceId).not.toBe(workspaceId);
      expect(launchSoon).toHaveBeenLastCalledWith(expect.objectContaining({ dispatchId: record.dispatchId }));
      expect(await read(record)).toMatchObject({ retryOf: dispatchId });
    },
  );

  it('has the tier that was asked for, not the one that its first had in the end', async () => {
    const { record: first } = await create({ tier: 'fast' });
    await relaunch(first);
    await end(first);
    expect(await read(first)).toMatchObject({ tier: 'flagship' });
    expect((await retry(first.dispatchId)).record.tier).toBe('fast');
  });

  it('may be retried, and says what it repeated itself', async () => {
    const { record: first } = await create();
    await end(first);
    const { record: second } = await retry(first.dispatchId);
    await end(second);
    expect((await retry(second.dispatchId)).record.retryOf).toBe(second.dispatchId);
  });

  it('goes on in the same workspace, which is kept for as long as if it was new', async () => {
    const { record: first } = await create({ workspaceMode: 'persistent', repo: 'octocat/hello' });
    await end(first);
    local.clock.advance(86_400_000);
    const { tenantId, workspaceId } = first;
    const { record } = await retry(first.dispatchId);
    expect(record).toMatchObject({ workspaceId, workspaceMode: 'persistent', repo: 'octocat/hello' });
    const workspace = await platform.workspaces.get({ tenantId, workspaceId });
    expect(workspace?.lastUsedAt).toBe(new Date(local.clock.now()).toISOString());
  });

  it('of one whose workspace is gone is 404, and says so', async () => {
    const { record: first } = await create({ workspaceMode: 'persistent' });
    await end(first);
    local.clock.advance(LIMITS.workspaceTtlDays * 86_400_000);
    const error = await errorOf(retry(first.dispatchId));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(`no workspace ${first.workspaceId}`);
    expect(error.message).toContain('30 days');
  });

  it('of one that has not ended is 409, and says what to do', async () => {
    const { record } = await create();
    for (const status of ['PENDING', 'RUNNING']) {
      const error = await errorOf(retry(record.dispatchId));
      expect(error.code).toBe('CONFLICT');
      expect(error.message).toMatch(new RegExp(`is ${status}: .*Wait for its end, or cancel it first`));
      await claim(record);
    }
    expect(await runs()).toHaveLength(1);
  });

  it('of one that is not there, or another tenant’s, is 404', async () => {
    const { record } = await create();
    await end(record);
    const stranger = { ...principal, tenantId: 'globex' };
    const params = { principal: stranger, dispatchId: record.dispatchId, idempotencyKey: undefined };
    const errors = [
      await errorOf(retry('01K4ZJ8W2T6V0Q9S3R5X7Y1B2C')),
      await errorOf(dispatcherWith().retry(params)),
    ];
    expect(errors.map(({ code }) => code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('is refused while the agent cannot be had, as a new one is', async () => {
    const { record } = await create();
    await end(record);
    availability.mockResolvedValue({ available: false, reason: 'claude is not installed' });
    const error = await errorOf(retry(record.dispatchId));
    expect([error.code, error.message]).toEqual(['SERVICE_UNAVAILABLE', 'claude is not installed']);
  });

  it('looks the repository up again, and says of which dispatch it is gone', async () => {
    const { record } = await create({ repo: 'octocat/hello' });
    await end(record);
    branches = {};
    const error = await errorOf(retry(record.dispatchId));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'dispatch.repo' }] });
    expect(error.message).toBe(
      `Dispatch ${record.dispatchId} cannot be retried as it was: dispatch.repo cannot be read: gone`,
    );
  });

  it('with an Idempotency-Key is made once, and answered as at first', async () => {
    const { record: first } = await create();
    await end(first);
    const answers = [await retry(first.dispatchId, 'key-1')];
    await end(answers[0]!.record);
    answers.push(await retry(first.dispatchId, 'key-1'));
    expect(answers.map(({ isReplay }) => isReplay)).toEqual([false, true]);
    expect(bytes(answers[1]!)).toBe(bytes(answers[0]!));
  });

  it('shares its Idempotency-Key with no other request', async () => {
    const { record: first } = await create({}, 'of-create');
    const { record: other } = await create();
    await end(first);
    await end(other);
    await retry(first.dispatchId, 'of-retry');
    const conflicts = [
      await errorOf(retry(first.dispatchId, 'of-create')),
      await errorOf(retry(other.dispatchId, 'of-retry')),
      await errorOf(create({}, 'of-retry')),
    ];
    expect(conflicts.map(({ code }) => code)).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT']);
  });
});

describe('a cancellation', () => {
  const published = async (): Promise<number> =>
    (await platform.outbox.pending({ limit: 9, before: '9' })).length;

  it('ends what waits at once, with its timings, and makes way for the next', async () => {
    const { record } = await create({}, undefined, FULL);
    poke.mockClear();
    local.clock.advance(3_000);
    expect(await cancel(record)).toMatchObject({
      status: 'CANCELLED',
      failure: { class: 'cancelled' },
      timings: { queue: 3_000 },
    });
    expect(poke).toHaveBeenCalledOnce();
    expect(await published()).toBe(0);
  });

  it('ends what no worker has taken yet, and tells the worker that was started for it', async () => {
    const { record } = await create();
    const { tenantId, dispatchId } = record;
    const set = { taskArn: 'task/1' };
    await platform.dispatches.annotate({ tenantId, dispatchId, during: ['PENDING'], set });
    expect(await cancel(record)).toMatchObject({ status: 'CANCELLED', timings: { queue: 0, launch: 0 } });
    expect(stopCancelled).toHaveBeenCalledWith(expect.objectContaining(set));
    expect(poke).toHaveBeenCalledOnce();
  });

  it('costs the time of the attempts before it', async () => {
    const { record } = await create();
    await relaunch(record);
    const cancelled = await cancel(record);
    expect(cancelled).toMatchObject({ status: 'CANCELLED', attempt: 2, attempts: [{ attempt: 1 }] });
    expect('cost' in cancelled && cancelled.cost!.compute).toBeGreaterThan(0);
  });

  it('is asked of a worker that has it, once, and the worker is told each time', async () => {
    const { record } = await create();
    await claim(record);
    const cancelRequestedAt = new Date(local.clock.now()).toISOString();
    expect(await cancel(record)).toMatchObject({ status: 'RUNNING', cancelRequestedAt });
    local.clock.advance(1_000);
    expect(await cancel(record)).toMatchObject({ status: 'RUNNING', cancelRequestedAt });
    expect(stopCancelled).toHaveBeenCalledTimes(2);
    expect(poke).not.toHaveBeenCalled();
  });

  it('finds a dispatch that moves on meanwhile, from worker to worker', async () => {
    const { record } = await create();
    const { dispatches } = platform;
    const [{ move, annotate }, steps] = [{ ...dispatches }, [() => claim(record), () => relaunch(record)]];
    // Each write comes a moment too late.
    vi.spyOn(dispatches, 'move').mockImplementationOnce(async (params) => {
      await steps[0]!();
      return move(params);
    });
    vi.spyOn(dispatches, 'annotate').mockImplementationOnce(async (params) => {
      await steps[1]!();
      return annotate(params);
    });
    expect(await cancel(record)).toMatchObject({ status: 'CANCELLED', attempt: 2 });
  });

  it('of one that was cancelled is that one; of one that ended otherwise, 409', async () => {
    const { record: first } = await create();
    const cancelled = await cancel(first);
    expect(await cancel(first)).toEqual(cancelled);
    const { record: second } = await create();
    await end(second, 'COMPLETED');
    const error = await errorOf(cancel(second));
    expect([error.code, error.message]).toEqual([
      'CONFLICT',
      `Dispatch ${second.dispatchId} has already ended: COMPLETED.`,
    ]);
    expect((await errorOf(cancel({ ...first, dispatchId: randomUUID() }))).code).toBe('NOT_FOUND');
  });
});
