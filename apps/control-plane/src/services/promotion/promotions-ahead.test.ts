import type { DispatchRecord, OutpostError, PromoteAhead, Promotion } from '@outpost/contracts';
import { dispatchSpec } from '@outpost/platform/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusalOf } from '../../testing/dispatch-desk.js';
import { git, PromotionDesk, SECRET, type EndedDispatch } from '../../testing/promotion-desk.js';
import { LEASE_MS } from '../../testing/promotion-lease.js';
import type { PromotionsAhead } from './promotions-ahead.js';

const SCOPES = ['dispatch', 'promote'] as const;

let desk: PromotionDesk;
beforeEach(async () => {
  desk = await PromotionDesk.open();
  return () => desk.close();
});

const shownOf = async ({ tenantId, dispatchId }: DispatchRecord): Promise<Promotion[]> =>
  desk.promoter().shownOf({ tenantId, dispatchId });

const round = async (ahead: PromotionsAhead = desk.ahead()): Promise<void> => {
  ahead.tick();
  await ahead.settled();
};

/** A dispatch that asked for this, as the Dispatcher makes it. */
const accepted = async (promote: PromoteAhead = {}, more: EndedDispatch = {}): Promise<DispatchRecord> => {
  const record = await desk.accept({ promote, ...more });
  await desk.ahead().plan(record);
  return record;
};

describe('a promotion that is asked for ahead', () => {
  test('waits for the end of its dispatch, and is carried out once it completes', async () => {
    const record = await accepted({ draft: true, title: 'From the cart' });
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'WAITING', isAhead: true, base: 'main' }]);
    await desk.end(record, { 'readme.md': 'better\n' });
    await round();
    const [shown] = await shownOf(record);
    expect(shown).toMatchObject({ status: 'COMPLETED', isAhead: true, prNumber: 1, isDraft: true });
    expect(desk.api.pulls).toMatchObject([{ title: 'From the cart', draft: true }]);
    await round();
    expect([desk.pushes, await shownOf(record)]).toEqual([1, [shown]]);
    const again = await desk.promoter().promote({
      tenantId: 'acme',
      request: { dispatchId: record.dispatchId, draft: true, title: 'From the cart' },
    });
    expect(again).toEqual({ promotion: shown, isNew: false });
  });

  test('is carried out once, however many control planes see to it', async () => {
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' });
    await Promise.all([desk.ahead(), desk.ahead(), desk.ahead()].map(round));
    expect([desk.pushes, desk.api.pulls.length]).toEqual([1, 1]);
  });

  test('is finished by another when its control plane died on the way', async () => {
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' });
    const { promotions, leases } = desk.platform;
    const key = { tenantId: 'acme', dispatchId: record.dispatchId, branch: `outpost/${record.dispatchId}` };
    const name = `promotion#acme#${record.dispatchId}#${key.branch}`;
    await leases.acquire({ name, holder: 'dead', ttlMs: LEASE_MS });
    const waiting = (await promotions.get(key))!;
    await promotions.put({ ...waiting, version: 2, shown: { ...waiting.shown, status: 'RUNNING' } });
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'RUNNING' }]);
    desk.local.clock.advance(LEASE_MS + 1);
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'COMPLETED', prNumber: 1 }]);
  });

  test.each<[string, EndedDispatch, string]>([
    ['failed', { status: 'FAILED' }, 'The dispatch is FAILED.'],
    ['was cancelled', { status: 'CANCELLED' }, 'The dispatch is CANCELLED.'],
    ['changed nothing', { outcome: { changes: undefined } }, 'The dispatch changed nothing.'],
  ])('is skipped when the dispatch %s', async (_, ended, note) => {
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' }, ended);
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'SKIPPED', note }]);
    expect(desk.pushes).toBe(0);
  });

  test('shows why it failed: a conflict, a secret, a branch that came since', async () => {
    const conflicting = await accepted();
    await desk.end(conflicting, { 'lines.txt': 'mine\n' });
    const leaking = await accepted();
    await desk.end(leaking, { 'key.txt': `${SECRET}\n` });
    const late = await accepted({ branch: 'fix' });
    await desk.end(late, { 'readme.md': 'better\n' });
    await desk.commitToRemote('main', { 'lines.txt': 'theirs\n' });
    await desk.commitToRemote('fix', { 'fix.txt': 'theirs\n' });
    await round();
    const failures = await Promise.all(
      [conflicting, leaking, late].map(async (each) => (await shownOf(each))[0]),
    );
    expect(failures).toMatchObject([
      { status: 'FAILED', failure: { code: 'CONFLICT', details: [{ path: 'lines.txt' }] } },
      { status: 'FAILED', failure: { code: 'CONFLICT', details: [{ path: 'key.txt:1' }] } },
      { status: 'FAILED', failure: { code: 'CONFLICT', message: expect.stringContaining('branch fix') } },
    ]);
    expect(JSON.stringify(failures)).not.toContain(SECRET);
    expect(await desk.platform.promotions.listDue()).toEqual([]);
  });

  test('is tried again after a while when the host does not answer, and given up in the end', async () => {
    const { clock } = desk.local;
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' });
    const fails = { status: 502, body: {} };
    const isOpening = ({ method }: { method: string }) => method === 'POST';
    void desk.api.interfere(isOpening, fails);
    await round();
    expect(await shownOf(record)).toMatchObject([
      { status: 'RUNNING', failure: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    await round();
    expect(desk.api.calls.filter(isOpening)).toHaveLength(1);
    clock.advance(30_000);
    void desk.api.interfere(isOpening, fails);
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'RUNNING' }]);
    clock.advance(3_600_000);
    void desk.api.interfere(isOpening, fails);
    await round();
    expect(await shownOf(record)).toMatchObject([
      { status: 'FAILED', failure: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    expect(desk.pushes).toBe(1);
  });

  test('is tried again after a while when the repository does not answer', async () => {
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' });
    desk.isDown = true;
    await round();
    expect(await shownOf(record)).toMatchObject([
      {
        status: 'RUNNING',
        failure: { code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('Repeat') },
      },
    ]);
    desk.isDown = false;
    desk.local.clock.advance(30_000);
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'COMPLETED', prNumber: 1 }]);
    expect((await shownOf(record))[0]).not.toHaveProperty('failure');
  });

  test('waits while its tenant is suspended', async () => {
    const record = await accepted();
    await desk.end(record, { 'readme.md': 'better\n' });
    await round(desk.ahead(undefined, { isSuspended: true }));
    expect(await shownOf(record)).toMatchObject([{ status: 'WAITING' }]);
    await round();
    expect(await shownOf(record)).toMatchObject([{ status: 'COMPLETED' }]);
  });

  test('is forgotten when its dispatch was never made', async () => {
    const spec = dispatchSpec({ repo: desk.repo, branch: 'main', promote: {} });
    const dropped = dispatchSpec({ repo: desk.repo, branch: 'main', promote: {} });
    await desk.ahead().plan(spec);
    await desk.ahead().plan(dropped);
    await desk.ahead().drop(dropped);
    await round();
    const due = async () => (await desk.platform.promotions.listDue()).map(({ shown }) => shown.dispatchId);
    expect(await due()).toEqual([spec.dispatchId]);
    desk.local.clock.advance(600_001);
    await round();
    expect(await due()).toEqual([]);
  });
});

describe('asking ahead is refused', () => {
  const check = async (
    promote: PromoteAhead,
    repo: string | undefined = desk.repo,
    scopes: readonly ('dispatch' | 'promote')[] = SCOPES,
  ) =>
    desk
      .ahead()
      .check({ principal: { tenantId: 'acme', apiKeyId: 'k', scopes }, repo, branch: 'main', promote });
  const refusal = async (...args: Parameters<typeof check>): Promise<OutpostError> =>
    refusalOf(check(...args));

  test('never to who may push', async () => {
    await check({});
    await check({ branch: 'fix', base: 'main' });
    expect(desk.pushes).toBe(0);
    expect(await git(desk.remote, 'branch', '--list', 'fix', 'outpost/*')).toBe('');
  });

  test('to a key without the scope, and where it could not be pushed', async () => {
    expect(await refusal({}, desk.repo, ['dispatch'])).toMatchObject({ code: 'AUTHORIZATION_ERROR' });
    expect(await refusal({ branch: 'main' })).toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await refusal({ base: 'gone' })).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'body.promote.base', message: 'gone is not in the repository' }],
    });
    await desk.commitToRemote('fix', { 'fix.txt': 'x\n' });
    expect(await refusal({ branch: 'fix' })).toMatchObject({
      code: 'CONFLICT',
      details: [{ path: 'body.promote.branch', message: expect.stringContaining('already') }],
    });
    desk.isReadOnly = true;
    expect(await refusal({})).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('the token needs the right to write to it'),
    });
  });
});
