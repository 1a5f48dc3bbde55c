import type { Dispatch } from '@outpost/contracts';
import { fakeAgentEnv, shellTask, SITES, type Outpost, type Site } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe.each(SITES)('a slot that comes free on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    // No round comes after the first: who waited for one would wait for ever.
    outpost = await site.start({
      env: {
        ...(await fakeAgentEnv(site.directory)),
        OUTPOST_MAX_CONCURRENT_PER_AGENT: '1',
        OUTPOST_RECONCILE_INTERVAL_SECONDS: '3600',
      },
    });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const submit = (): Promise<Dispatch> => outpost.dispatch({ agent: 'claude', task: shellTask('true') });

  it('starts the next without waiting for a round, whoever frees it', async () => {
    const running = await outpost.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    const waiting = [await submit(), await submit(), await submit()];
    expect(waiting.map(({ status }) => status)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
    await outpost.call('DELETE', `/dispatch/${running.dispatchId}`);
    const ends = await Promise.all(
      waiting.map(async ({ dispatchId }) => (await outpost.ended(dispatchId)).status),
    );
    expect(ends).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });
});
