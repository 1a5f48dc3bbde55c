import type { Dispatch } from '@outpost/contracts';
import { makeRepository, shellTask, temporaryDirectory, type Outpost } from '@outpost/test-support';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCliWorld, type CliWorld } from './cli/cli-world.js';
import { cliJson, dispatchIdSaid, runCli, startCli, type CliOptions } from './cli/run-cli.js';

const WRITE = shellTask('echo hello > greeting.txt; echo wrote it');

let world: CliWorld;
let outpost: Outpost;
let repo: string;
let env: CliWorld['env'];
let options: CliOptions;

beforeAll(async () => {
  world = await openCliWorld();
  ({ outpost, repo, env, options } = world);
});
afterAll(() => outpost.stop());

describe('outpost dispatch', () => {
  it('takes the task as an argument, from a file or from stdin, for the checkout it is in', async () => {
    const file = join(await temporaryDirectory(), 'task.md');
    await writeFile(file, WRITE);
    const said = ['dispatch', '--agent', 'claude'];
    const dispatches = [
      await cliJson<Dispatch>([...said, WRITE], options),
      await cliJson<Dispatch>([...said, '--file', file], options),
      await cliJson<Dispatch>(said, { ...options, input: WRITE }),
      await cliJson<Dispatch>([...said, '--file', '-'], { ...options, input: WRITE }),
    ];
    for (const dispatch of dispatches) {
      expect(dispatch).toMatchObject({ agent: 'claude', task: WRITE, repo, branch: 'main' });
    }
  });

  it('passes all its options on', async () => {
    const dispatch = await world.dispatched(
      ...'--repo . --branch main --model some-model --context minimal --timeout 77 --tier fast'.split(' '),
      ...'--keep-workspace --user ann --tag team=shop --tag why=a=b --idempotency-key once'.split(' '),
      WRITE,
    );
    expect(dispatch).toMatchObject({
      repo,
      branch: 'main',
      modelId: 'some-model',
      contextLevel: 'minimal',
      timeoutSeconds: 77,
      tier: 'fast',
      workspaceMode: 'persistent',
      userId: 'ann',
      tags: { team: 'shop', why: 'a=b' },
    });
    await outpost.ended(dispatch.dispatchId);
    const next = await world.dispatched('--workspace', dispatch.workspaceId, '--user', 'ann', WRITE);
    expect(next).toMatchObject({ workspaceId: dispatch.workspaceId, workspaceMode: 'persistent' });
    const onward = '--parent latest --verify false --verify-attempts 1 --promote feature/on'.split(' ');
    await outpost.ended(next.dispatchId);
    expect(await world.dispatched(...onward, WRITE)).toMatchObject({
      parentDispatchId: next.dispatchId,
      verify: 'false',
      verifyAttempts: 1,
      promote: { branch: 'feature/on' },
    });
  });

  it('dispatches without a repository outside of a checkout, and says so', async () => {
    const cwd = await temporaryDirectory();
    const said = ['dispatch', '--agent', 'claude', WRITE, '--json'];
    const { stdout, stderr } = await runCli(said, { env, cwd });
    expect((JSON.parse(stdout) as Dispatch).repo).toBeUndefined();
    expect(stderr).toContain('without a repository');
    expect((await world.dispatched('--no-repo', WRITE)).repo).toBeUndefined();
  });

  it('says that what is not committed is not part of it', async () => {
    const dirty = await makeRepository();
    await writeFile(join(dirty, 'README.md'), 'changed\n');
    const { stderr } = await runCli(['dispatch', '-a', 'claude', WRITE], { env, cwd: dirty });
    expect(stderr).toContain('What is not committed here is not part of it.');
    expect(stderr).toMatch(/Follow it: outpost logs -f [0-9A-Z]{26}/);
  });

  it.each([
    ['true', 0, 'COMPLETED'],
    ['exit 3', 10, 'FAILED'],
  ])('--wait streams the log of `%s` and ends with %i', async (script, exitCode, status) => {
    const task = shellTask(`echo from the agent; ${script}`);
    const text = await runCli(['dispatch', '-a', 'claude', '--wait', task], options);
    expect(text.exitCode).toBe(exitCode);
    expect(text.stdout).toContain('from the agent\n');
    expect(text.stdout).toMatch(new RegExp(`^${status} [0-9A-Z]{26}`, 'm'));
    expect(text.stderr).toContain('Ctrl-C leaves it running');

    const json = await runCli(['dispatch', '-a', 'claude', '--wait', '--json', task], options);
    expect(json.exitCode).toBe(exitCode);
    expect(JSON.parse(json.stdout)).toMatchObject({ status });
    expect(json.stderr).toContain('from the agent\n');
  });

  it('--wait ends with 12 when it is cancelled', async () => {
    const waiting = startCli(['dispatch', '-a', 'claude', '-w', shellTask('echo go; sleep 600')], options);
    const dispatchId = await dispatchIdSaid(waiting);
    await outpost.waitFor(dispatchId, ({ status }) => status === 'RUNNING');
    expect((await runCli(['cancel', dispatchId], options)).stdout).toContain('CANCELLED follows');
    const { exitCode, stdout } = await waiting;
    expect(exitCode).toBe(12);
    expect(stdout).toContain('CANCELLED');
    expect((await runCli(['cancel', dispatchId], options)).stdout).toContain('CANCELLED');
  });

  it('an interrupted --wait leaves it running, or cancels it when told so', async () => {
    const task = shellTask('sleep 600');
    const leaving = startCli(['dispatch', '-a', 'claude', '-w', task], options);
    const left = await dispatchIdSaid(leaving);
    leaving.kill('SIGINT');
    const detached = await leaving;
    expect(detached.exitCode).toBe(130);
    expect(detached.stderr).toContain(`outpost cancel ${left}`);
    expect((await outpost.get(left)).completedAt).toBeUndefined();
    await cliJson(['cancel', left, '--wait'], options);

    const stopping = startCli(['dispatch', '-a', 'claude', '-w', '--cancel-on-interrupt', task], options);
    const stopped = await dispatchIdSaid(stopping);
    stopping.kill('SIGINT');
    expect((await stopping).exitCode).toBe(12);
    expect((await outpost.get(stopped)).status).toBe('CANCELLED');
  });
});
