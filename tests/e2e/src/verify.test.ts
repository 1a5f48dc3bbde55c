import type { Dispatch } from '@outpost/contracts';
import {
  agentProcesses,
  isInstalled,
  makeRepository,
  openScriptedSite,
  shellTask,
  SITES,
  type Outpost,
  type ScriptedSite,
} from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const installed = (['codex', 'gemini', 'grok'] as const).filter(isInstalled);

describe.each(SITES)('verify on $name', ({ open }) => {
  let world: ScriptedSite;
  let outpost: Outpost;

  beforeAll(async () => {
    world = await openScriptedSite(open);
    outpost = world.outpost;
  });
  afterAll(() => world.close());

  const verified = async (body: Record<string, unknown>): Promise<Dispatch> => {
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', ...body });
    return outpost.ended(dispatchId);
  };

  it('is part of the record, of summary.json and of the log', async () => {
    const verify = 'echo "3 tests passed"';
    const { dispatchId, ...ended } = await verified({ task: shellTask('echo hello > hello.txt'), verify });
    expect(ended).toMatchObject({
      status: 'COMPLETED',
      verify,
      verification: {
        command: verify,
        passed: true,
        exitCode: 0,
        attempts: 1,
        outputTail: '3 tests passed\n',
      },
    });
    expect(JSON.parse(await outpost.artifact(dispatchId, 'summary.json'))).toMatchObject({
      verification: ended.verification,
    });
    const lines = await outpost.logs(dispatchId);
    expect(lines.filter(({ kind }) => kind === 'verify').map(({ text }) => text)).toEqual(['3 tests passed']);
  });

  it('fails the dispatch; a retry verifies again', async () => {
    const first = await verified({
      task: shellTask('echo hello > hello.txt'),
      verify: 'exit 4',
      verifyAttempts: 1,
    });
    expect(first).toMatchObject({
      status: 'FAILED',
      failure: { class: 'verification_failed', retryable: true },
      verification: { passed: false, exitCode: 4, attempts: 2 },
      changes: { filesChanged: 1 },
    });
    const { body } = await outpost.call<Dispatch>('POST', `/dispatch/${first.dispatchId}/retry`);
    expect(body).toMatchObject({ verify: 'exit 4', verifyAttempts: 1 });
    expect(await outpost.ended(body.dispatchId)).toMatchObject({ verification: { attempts: 2 } });
  });

  it('ends with all that it started when the dispatch is cancelled', async () => {
    const { dispatchId } = await outpost.dispatch({
      agent: 'claude',
      task: shellTask('echo hello > hello.txt'),
      verify: 'sleep 600 & sleep 601',
    });
    await outpost.waitFor(dispatchId, ({ stage }) => stage === 'verify');
    await outpost.call('DELETE', `/dispatch/${dispatchId}`);
    expect(await outpost.ended(dispatchId)).toMatchObject({ status: 'CANCELLED' });
    expect(agentProcesses(dispatchId)).toEqual([]);
  });

  it('is refused where it cannot be meant', async () => {
    const task = shellTask('true');
    const post = (body: object) =>
      outpost.call('POST', '/dispatch', { json: { agent: 'claude', task, ...body } });
    for (const body of [{ verify: ' ' }, { verify: 'true', verifyAttempts: 6 }, { verifyAttempts: 1 }])
      expect(await post(body)).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
  });

  it.skipIf(installed.length === 0)(`is handed back to real CLIs (${installed.join(', ')})`, async () => {
    world.model.script({ marker: 'ADD-UP', files: [{ path: 'sum.txt', content: '5\n' }] });
    // The command prints it: so the model answers this way only to an agent that was shown the output.
    world.model.script({ marker: 'ADD-UP-WRONG-SUM', files: [{ path: 'sum.txt', content: '4\n' }] });
    const repo = await world.site.repositoryUrl(await makeRepository());
    const ended = await Promise.all(
      installed.map((agent) =>
        verified({
          agent,
          repo,
          task: 'Do ADD-UP in this repository.',
          verify: "grep -qx 4 sum.txt || { printf 'ADD-UP-'; echo WRONG-SUM; exit 1; }",
          verifyAttempts: 2,
        }),
      ),
    );
    for (const dispatch of ended) {
      expect(dispatch, JSON.stringify(dispatch.failure)).toMatchObject({
        status: 'COMPLETED',
        verification: { passed: true, attempts: 2 },
      });
      expect(await outpost.artifact(dispatch.dispatchId, 'changes.patch')).toContain('+4');
    }
  });
});
