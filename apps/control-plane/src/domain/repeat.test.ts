import { CreateDispatchSchema, failure, type DispatchRecord } from '@outpost/contracts';
import { dispatchSpec, ending, TEST_AT } from '@outpost/platform/testing';
import { expect, it } from 'vitest';
import { requestAgain } from './repeat.js';

const { to: status, ...outcome } = ending('FAILED', { failure: failure('agent_crashed', 'exit 3') });
const failed = (spec: Parameters<typeof dispatchSpec>[0] = {}): DispatchRecord => ({
  ...dispatchSpec(spec),
  status,
  ...outcome,
});

it('asks for the least that a dispatch has', () => {
  const { agent, modelId, tier, task, contextLevel, timeoutSeconds, tags, secrets } = failed();
  const request = requestAgain(failed());
  const least = { agent, modelId, tier, task, contextLevel, timeoutSeconds, tags, secrets };
  expect(request).toEqual({ ...least, workspaceMode: 'ephemeral' });
  expect(CreateDispatchSchema.parse(request)).toEqual(request);
});

it('asks for all that was asked for, with the branch that was found', () => {
  const asked = {
    agent: 'codex',
    modelId: 'gpt-5.2-codex',
    repo: 'octocat/hello-world',
    branch: 'main',
    contextLevel: 'full',
    timeoutSeconds: 90,
    userId: 'ada',
    tags: { team: 'core' },
    secrets: ['NPM_KEY'],
    tier: 'fast',
    verify: 'npm test',
    verifyAttempts: 2,
    parentDispatchId: dispatchSpec().dispatchId,
    promote: { draft: true },
  } as const;
  const request = requestAgain(failed({ ...asked, tags: { ...asked.tags }, secrets: [...asked.secrets] }));
  expect(request).toMatchObject(asked);
  expect(CreateDispatchSchema.parse(request)).toEqual(request);
});

it('goes on in a workspace that was kept, and leaves one that was not', () => {
  const kept = failed({ workspaceMode: 'persistent' });
  const { workspaceId } = kept;
  expect(requestAgain(kept)).toMatchObject({ workspaceMode: 'persistent', workspaceId });
  expect(requestAgain(failed())).not.toHaveProperty('workspaceId');
  expect(requestAgain(kept)).not.toHaveProperty('archiveWorkspace');
  const archived = failed({ workspaceMode: 'persistent', archiveWorkspace: true });
  expect(requestAgain(archived)).toMatchObject({ archiveWorkspace: true });
});

it('asks for the tier that was asked for, not the one that memory made of it', () => {
  const outOfMemory = failure('out_of_memory', 'killed by SIGKILL');
  const attempts = [{ attempt: 1, tier: 'fast', endedAt: TEST_AT, failure: outOfMemory } as const];
  const record = { ...failed({ tier: 'balanced' }), attempt: 2, attempts } as unknown as DispatchRecord;
  expect(requestAgain(record)).toMatchObject({ tier: 'fast' });
});

it('says nothing of what the dispatch itself repeated', () => {
  expect(requestAgain(failed({ retryOf: dispatchSpec().dispatchId }))).not.toHaveProperty('retryOf');
});
