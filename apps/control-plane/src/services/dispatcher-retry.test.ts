import { LIMITS, type DispatchSpec, type TerminalStatus } from '@outpost/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, DispatchDesk, PRINCIPAL, refusalOf } from '../testing/dispatch-desk.js';

let desk: DispatchDesk;
beforeEach(async () => {
  desk = await DispatchDesk.open();
});
afterEach(async () => desk.close());

describe('a retry', () => {
  it.each<TerminalStatus>(['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'])(
    'of one that is %s is a new dispatch with the same input',
    async (to) => {
      const asked = { repo: 'octocat/hello', userId: 'ada', timeoutSeconds: 90 } as const;
      const { record: first } = await desk.create({ ...asked, tier: 'fast', contextLevel: 'full' });
      await desk.end(first, to);
      desk.local.clock.advance(5_000);
      const { record, isReplay } = await desk.retry(first.dispatchId);
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
      expect(desk.launchSoon).toHaveBeenLastCalledWith(
        expect.objectContaining({ dispatchId: record.dispatchId }),
      );
      expect(await desk.read(record)).toMatchObject({ retryOf: dispatchId });
    },
  );

  it('has the tier that was asked for, not the one that its first had in the end', async () => {
    const { record: first } = await desk.create({ tier: 'fast' });
    await desk.relaunch(first);
    await desk.end(first);
    expect(await desk.read(first)).toMatchObject({ tier: 'flagship' });
    expect((await desk.retry(first.dispatchId)).record.tier).toBe('fast');
  });

  it('may be retried, and says what it repeated itself', async () => {
    const { record: first } = await desk.create();
    await desk.end(first);
    const { record: second } = await desk.retry(first.dispatchId);
    await desk.end(second);
    expect((await desk.retry(second.dispatchId)).record.retryOf).toBe(second.dispatchId);
  });

  it('goes on in the same workspace, which is kept for as long as if it was new', async () => {
    const { record: first } = await desk.create({ workspaceMode: 'persistent', repo: 'octocat/hello' });
    await desk.end(first);
    desk.local.clock.advance(86_400_000);
    const { tenantId, workspaceId } = first;
    const { record } = await desk.retry(first.dispatchId);
    expect(record).toMatchObject({ workspaceId, workspaceMode: 'persistent', repo: 'octocat/hello' });
    const workspace = await desk.platform.workspaces.get({ tenantId, workspaceId });
    expect(workspace?.lastUsedAt).toBe(new Date(desk.local.clock.now()).toISOString());
  });

  it('of one whose workspace is gone is 404, and says so', async () => {
    const { record: first } = await desk.create({ workspaceMode: 'persistent' });
    await desk.end(first);
    desk.local.clock.advance(LIMITS.workspaceTtlDays * 86_400_000);
    const error = await refusalOf(desk.retry(first.dispatchId));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(`no workspace ${first.workspaceId}`);
    expect(error.message).toContain('30 days');
  });

  it('of one that has not ended is 409, and says what to do', async () => {
    const { record } = await desk.create();
    for (const status of ['PENDING', 'RUNNING']) {
      const error = await refusalOf(desk.retry(record.dispatchId));
      expect(error.code).toBe('CONFLICT');
      expect(error.message).toMatch(new RegExp(`is ${status}: .*Wait for its end, or cancel it first`));
      await desk.claim(record);
    }
    expect(await desk.runs()).toHaveLength(1);
  });

  it('of one that is not there, or another tenant’s, is 404', async () => {
    const { record } = await desk.create();
    await desk.end(record);
    const stranger = { ...PRINCIPAL, tenantId: 'globex' };
    const params = { principal: stranger, dispatchId: record.dispatchId, idempotencyKey: undefined };
    const errors = [
      await refusalOf(desk.retry('01K4ZJ8W2T6V0Q9S3R5X7Y1B2C')),
      await refusalOf(desk.dispatcher().retry(params)),
    ];
    expect(errors.map(({ code }) => code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('is refused while the agent cannot be had, as a new one is', async () => {
    const { record } = await desk.create();
    await desk.end(record);
    desk.availability.mockResolvedValue({ available: false, reason: 'claude is not installed' });
    const error = await refusalOf(desk.retry(record.dispatchId));
    expect([error.code, error.message]).toEqual(['SERVICE_UNAVAILABLE', 'claude is not installed']);
  });

  it('looks the repository up again, and says of which dispatch it is gone', async () => {
    const { record } = await desk.create({ repo: 'octocat/hello' });
    await desk.end(record);
    desk.branches = {};
    const error = await refusalOf(desk.retry(record.dispatchId));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'dispatch.repo' }] });
    expect(error.message).toBe(
      `Dispatch ${record.dispatchId} cannot be retried as it was: dispatch.repo cannot be read: gone`,
    );
  });

  it('with an Idempotency-Key is made once, and answered as at first', async () => {
    const { record: first } = await desk.create();
    await desk.end(first);
    const answers = [await desk.retry(first.dispatchId, 'key-1')];
    await desk.end(answers[0]!.record);
    answers.push(await desk.retry(first.dispatchId, 'key-1'));
    expect(answers.map(({ isReplay }) => isReplay)).toEqual([false, true]);
    expect(bytesOf(answers[1]!)).toBe(bytesOf(answers[0]!));
  });

  it('that comes again is answered though the agent cannot be had by now', async () => {
    const { record: first } = await desk.create();
    await desk.end(first);
    const answer = await desk.retry(first.dispatchId, 'key-1');
    desk.availability.mockResolvedValue({ available: false, reason: 'not installed' });
    expect(bytesOf(await desk.retry(first.dispatchId, 'key-1'))).toBe(bytesOf(answer));
  });

  it('that comes many times at once is made once, and leaves the workspace that it goes on in', async () => {
    const { record: first } = await desk.create({ workspaceMode: 'persistent' });
    await desk.end(first);
    const again = () => desk.retry(first.dispatchId, 'key-1');
    const answers = await Promise.all(Array.from({ length: 20 }, again));
    expect(new Set(answers.map(bytesOf)).size).toBe(1);
    expect(await desk.runs()).toHaveLength(2);
    expect(await desk.platform.workspaces.get(first)).toBeDefined();
  });

  it('shares its Idempotency-Key with no other request', async () => {
    const { record: first } = await desk.create({}, 'of-create');
    const { record: other } = await desk.create();
    await desk.end(first);
    await desk.end(other);
    await desk.retry(first.dispatchId, 'of-retry');
    const conflicts = [
      await refusalOf(desk.retry(first.dispatchId, 'of-create')),
      await refusalOf(desk.retry(other.dispatchId, 'of-retry')),
      await refusalOf(desk.create({}, 'of-retry')),
    ];
    expect(conflicts.map(({ code }) => code)).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT']);
  });
});
