import type { DispatchRecord, TerminalStatus } from '@outpost/contracts';
import { newDispatchId } from '@outpost/platform/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DispatchDesk, PRINCIPAL, refusalOf, REQUEST } from '../testing/dispatch-desk.js';

let desk: DispatchDesk;
beforeEach(async () => {
  desk = await DispatchDesk.open();
});
afterEach(async () => desk.close());

const leavePatch = async ({ tenantId, dispatchId }: DispatchRecord): Promise<void> => {
  await desk.platform.artifacts.put({ tenantId, dispatchId, name: 'changes.patch', body: { text: '' } });
};

/** A dispatch that has ended, and has left a patch. */
async function parent(to: TerminalStatus = 'COMPLETED'): Promise<DispatchRecord> {
  const { record } = await desk.create({ repo: 'octocat/hello' });
  await desk.end(record, to);
  await leavePatch(record);
  return record;
}

describe('a follow-up', () => {
  it.each<TerminalStatus>(['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'])(
    'of one that is %s has its repository and its branch',
    async (to) => {
      const { dispatchId } = await parent(to);
      const { record } = await desk.create({ parentDispatchId: dispatchId });
      expect(await desk.read(record)).toMatchObject({
        parentDispatchId: dispatchId,
        repo: 'octocat/hello',
        branch: 'main',
      });
    },
  );

  it('may name the same repository and branch, and no other', async () => {
    const { dispatchId: parentDispatchId } = await parent();
    await desk.create({ parentDispatchId, repo: 'octocat/hello', branch: 'main' });
    for (const [other, path] of [
      [{ repo: 'octocat/other' }, 'body.repo'],
      [{ branch: 'next' }, 'body.branch'],
    ] as const)
      expect(await refusalOf(desk.create({ parentDispatchId, ...other }))).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ path }],
      });
  });

  it('needs a parent of the same tenant', async () => {
    const { dispatchId: parentDispatchId } = await parent();
    expect(await refusalOf(desk.create({ parentDispatchId: newDispatchId() }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    const principal = { ...PRINCIPAL, tenantId: 'other' };
    const request = { ...REQUEST, parentDispatchId };
    const foreign = desk.dispatcher().create({ principal, request, idempotencyKey: undefined });
    expect(await refusalOf(foreign)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('needs a parent that has ended, and has left its patch', async () => {
    const { record: running } = await desk.create();
    await leavePatch(running);
    const early = desk.create({ parentDispatchId: running.dispatchId });
    expect(await refusalOf(early)).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('PENDING') as string,
    });
    const { tenantId, dispatchId } = await parent();
    await desk.platform.artifacts.remove({ tenantId, dispatchId });
    expect(await refusalOf(desk.create({ parentDispatchId: dispatchId }))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('changes.patch') as string,
    });
    expect(await desk.runs()).toHaveLength(2);
  });

  it('keeps its parent when it is retried', async () => {
    const { dispatchId: parentDispatchId } = await parent();
    const { record } = await desk.create({ parentDispatchId });
    await desk.end(record);
    expect((await desk.retry(record.dispatchId)).record).toMatchObject({ parentDispatchId });
  });
});
