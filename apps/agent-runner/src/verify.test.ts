import { LIMITS, type RecordIn } from '@outpost/contracts';
import type { SecretStore } from '@outpost/platform';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { RunBench, SAID_DONE, until, type PrepareOptions } from './testing/run-bench.js';

const AGENT_KEY = 'sk-ant-the-key-of-the-agent-0123';
const TENANT_SECRET = 'the-secret-of-the-tenant-4567';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

const USED = `{"type":"result","subtype":"success","is_error":false,"result":"Done.","usage":{"input_tokens":10,"output_tokens":5},"total_cost_usd":0.25}`;

async function run(script: string, spec: NonNullable<PrepareOptions['spec']>, options: PrepareOptions = {}) {
  const { record, worker } = await bench.prepare(script, { ...options, spec });
  const exitCode = await runDispatch(worker);
  const ended = (await bench.recordOf(record)) as RecordIn<'COMPLETED' | 'FAILED' | 'TIMEOUT' | 'CANCELLED'>;
  return { ended, exitCode };
}

it('says in record, summary and log what the command came to', async () => {
  const verify = 'cat hello.txt; echo wrong >&2';
  const { ended } = await run(`echo hello > hello.txt; ${SAID_DONE}`, { verify });
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    verification: { command: verify, passed: true, exitCode: 0, attempts: 1 },
  });
  expect(ended.verification!.outputTail.split('\n').toSorted()).toEqual(['', 'hello', 'wrong']);
  expect(ended.timings).toHaveProperty('verify');
  const summary = JSON.parse(bench.artifactOf(ended, 'summary.json')!) as { verification: unknown };
  expect(summary.verification).toEqual(ended.verification);
  const log = bench.artifactOf(ended, 'output.log')!;
  expect(log).toContain(`Verifying: ${verify}`);
  expect(log).toContain('hello');
});

it('fails the dispatch when the command does, and keeps the work', async () => {
  const { ended, exitCode } = await run(`echo hello > hello.txt; ${SAID_DONE}`, {
    verify: 'echo no; exit 3',
  });
  expect(exitCode).toBe(0);
  expect(ended).toMatchObject({
    status: 'FAILED',
    exitCode: 0,
    output: 'Done.',
    failure: { class: 'verification_failed', message: 'The verify command exited with 3: echo no; exit 3' },
    verification: { passed: false, exitCode: 3, attempts: 1, outputTail: 'no\n' },
    changes: { filesChanged: 1 },
  });
  expect(bench.artifactOf(ended, 'changes.patch')).toContain('+hello');
});

it('hands a failure back to the agent, which finds its work, and sums up what it used', async () => {
  const seen = join(bench.dataDir, 'seen');
  const { ended } = await run(
    `if grep -q '<verification>' "$TMPDIR/prompt.md"; then cp "$TMPDIR/prompt.md" ${seen}; echo fixed >> work.txt
     else echo broken > work.txt; touch "$HOME/left"; fi
     ls -A "$HOME" > home.txt; echo '${USED}'`,
    {
      verify: 'cat work.txt; echo "exactly 42 tests failed"; grep -q fixed work.txt',
      verifyAttempts: 2,
      task: 'Repair the thing.',
    },
  );
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    verification: { passed: true, attempts: 2 },
    usage: { inputTokens: 20, outputTokens: 10 },
  });
  const prompt = readFileSync(seen, 'utf8');
  expect(prompt).toContain('Repair the thing.');
  expect(prompt).toContain('It failed with exit code 1');
  expect(prompt).toContain('exactly 42 tests failed');
  const patch = bench.artifactOf(ended, 'changes.patch')!;
  expect(patch).toContain('+broken\n+fixed');
  // What it may have planted where the worker writes is gone.
  expect(patch).not.toContain('left');
});

it.each([0, 1, 3])('gives up after %i times', async (verifyAttempts) => {
  const counted = join(bench.dataDir, 'counted');
  const { ended } = await run(`echo ran >> ${counted}; ${SAID_DONE}`, { verify: 'exit 1', verifyAttempts });
  expect(readFileSync(counted, 'utf8').trim().split('\n')).toHaveLength(verifyAttempts + 1);
  expect(ended).toMatchObject({ status: 'FAILED', verification: { attempts: verifyAttempts + 1 } });
});

it('is not run after an agent that failed, at first or when it was handed back', async () => {
  const ran = join(bench.dataDir, 'ran');
  const first = await run('exit 3', { verify: `touch ${ran}` });
  expect(first.ended).toMatchObject({ status: 'FAILED', failure: { class: 'agent_crashed' } });
  expect(first.ended).not.toHaveProperty('verification');
  expect(existsSync(ran)).toBe(false);
  const script = `grep -q '<verification>' "$TMPDIR/prompt.md" && exit 3; ${SAID_DONE}`;
  const second = await run(script, { verify: 'exit 1', verifyAttempts: 5 });
  expect(second.ended).toMatchObject({ failure: { class: 'agent_crashed' }, verification: { attempts: 1 } });
});

it('has the time that the agent has left', async () => {
  const { ended, exitCode } = await run(SAID_DONE, { verify: 'sleep 600', timeoutSeconds: 1 });
  expect(exitCode).toBe(124);
  expect(ended).toMatchObject({
    status: 'TIMEOUT',
    failure: { class: 'timed_out', message: expect.stringContaining('verify command') as string },
    verification: { passed: false, exitCode: null },
  });
});

it('is ended by a cancellation', async () => {
  const begun = join(bench.dataDir, 'begun');
  const { record, worker } = await bench.prepare(`echo hello > hello.txt; ${SAID_DONE}`, {
    spec: { verify: `touch ${begun}; sleep 600` },
    limits: { stoppedCollectMs: 600_000 },
  });
  const running = runDispatch(worker);
  await until(() => (existsSync(begun) ? true : undefined));
  expect(await bench.recordOf(record)).toMatchObject({ status: 'RUNNING', stage: 'verify' });
  await bench.cancel(record);
  await running;
  expect(await bench.recordOf(record)).toMatchObject({ status: 'CANCELLED', changes: { filesChanged: 1 } });
});

it('has the secrets of the tenant but not the key of the agent, and what it prints is redacted', async () => {
  const secrets: SecretStore = {
    get: async ({ reference }) =>
      reference.kind === 'agent' ? AGENT_KEY : reference.kind === 'tenant' ? TENANT_SECRET : undefined,
    has: async () => true,
  };
  const { ended } = await run(
    `echo "$ANTHROPIC_API_KEY" | sha256sum > key.txt; ${SAID_DONE}`,
    {
      verify: `echo "key=[$ANTHROPIC_API_KEY]"; echo "secret=[$DEPLOY_KEY]"; echo ${AGENT_KEY.slice(0, 9)}''${AGENT_KEY.slice(9)}`,
      secrets: ['DEPLOY_KEY'],
    },
    { replace: () => ({ secrets }) },
  );
  const { verification } = ended;
  expect(verification!.outputTail).toContain('key=[]');
  expect(verification!.outputTail).toMatch(/secret=\[.+\]/);
  for (const text of [JSON.stringify(ended), bench.artifactOf(ended, 'output.log')!]) {
    expect(text).not.toContain(TENANT_SECRET);
    expect(text).not.toContain(AGENT_KEY);
  }
});

it('keeps the end of a long output', async () => {
  const { ended } = await run(SAID_DONE, {
    verify: 'i=0; while [ $i -lt 9000 ]; do i=$((i+1)); echo "line $i"; done',
  });
  const { outputTail } = ended.verification!;
  expect(outputTail).toHaveLength(LIMITS.verifyOutputMaxCharacters);
  expect(outputTail).toMatch(/line 9000\n$/);
});
