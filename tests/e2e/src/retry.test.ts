import type { Dispatch } from '@outpost/contracts';
import { fakeAgentEnv, shellTask, SITES, type Outpost, type Site } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const UNKNOWN = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

describe.each(SITES)('POST /dispatch/:id/retry on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const retry = (dispatchId: string, headers: Record<string, string> = {}) =>
    outpost.call<Dispatch>('POST', `/dispatch/${dispatchId}/retry`, { headers });

  const failed = async (more: Record<string, unknown> = {}): Promise<Dispatch> => {
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('exit 3'), ...more });
    return outpost.ended(dispatchId);
  };

  it('dispatches the same input once more, linked to the first', async () => {
    const first = await failed({ timeoutSeconds: 90, tags: { team: 'web' }, tier: 'fast', userId: 'ada' });
    const { status, headers, body } = await retry(first.dispatchId);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/dispatch/${body.dispatchId}`);
    expect(body.dispatchId).not.toBe(first.dispatchId);
    const { agent, modelId, task, timeoutSeconds, tags, tier, userId } = first;
    const input = { agent, modelId, task, timeoutSeconds, tags, tier, userId };
    expect(body).toMatchObject({ ...input, retryOf: first.dispatchId });
    expect(await outpost.ended(body.dispatchId)).toMatchObject({
      ...input,
      status: 'FAILED',
      retryOf: first.dispatchId,
    });
  });

  it('goes on in the same workspace where that was kept', async () => {
    const first = await failed({ workspaceMode: 'persistent' });
    const { body } = await retry(first.dispatchId);
    const { workspaceId, workspaceMode } = first;
    expect(body).toMatchObject({ workspaceId, workspaceMode });
    await outpost.ended(body.dispatchId);
  });

  it('makes one dispatch for one Idempotency-Key, and takes the key of another request for a conflict', async () => {
    const [first, other] = [await failed(), await failed()];
    const key = { 'idempotency-key': `retry-${first.dispatchId}` };
    const [one, two] = [await retry(first.dispatchId, key), await retry(first.dispatchId, key)];
    expect(two.body.dispatchId).toBe(one.body.dispatchId);
    expect((await retry(other.dispatchId, key)).status).toBe(409);
    await outpost.ended(one.body.dispatchId);
  });

  it('refuses one that has not ended, and says what to do', async () => {
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    expect(await retry(dispatchId)).toMatchObject({
      status: 409,
      body: {
        error: { code: 'CONFLICT', message: expect.stringContaining('Wait for its end, or cancel it') },
      },
    });
    await outpost.call('DELETE', `/dispatch/${dispatchId}`);
    await outpost.ended(dispatchId);
  });

  it('does not know a dispatch that is not there', async () => {
    expect(await retry(UNKNOWN)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });
});
