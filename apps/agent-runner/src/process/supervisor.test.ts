import { agentProcessesOf } from '@outpost/platform/process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endFakes, node, PATH, runFake, shell } from './testing/fake-agent.js';

let directory: string;
afterEach(endFakes);
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'outpost-supervisor-')));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('an agent that ends by itself', () => {
  it.each([0, 1, 41, 255])('reports its exit code %d', async (code) => {
    const { exit } = await runFake(shell(`exit ${code}`));
    expect(exit).toEqual({
      exitCode: code,
      signal: undefined,
      endedBy: 'exit',
      durationMs: expect.any(Number),
    });
  });

  it('reports the signal that ended it', async () => {
    const { exit } = await runFake(shell('kill -9 $$'));
    expect(exit).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', endedBy: 'exit' });
  });

  it('takes as long as the clock says', async () => {
    let now = 1_000;
    const { exit } = await runFake(shell('echo ready'), {
      clock: { now: () => now },
      onLine: () => void (now += 5_000),
    });
    expect(exit.durationMs).toBe(5_000);
  });

  it('gets the environment it was given, its own, its mark, and nothing else', async () => {
    const command = { file: '/usr/bin/env', args: [], env: { MODEL_KEY: 'k' }, stdin: undefined };
    const { stdout, dispatchId } = await runFake(command, { env: { PATH, HOME: '/h' } });
    expect(stdout.toSorted()).toEqual([
      'HOME=/h',
      'MODEL_KEY=k',
      `OUTPOST_AGENT_RUN=${dispatchId}`,
      `PATH=${PATH}`,
    ]);
  });

  it('runs in the given directory, found on the given PATH', async () => {
    writeFileSync(join(directory, 'fake-agent'), '#!/bin/sh\npwd\n', { mode: 0o755 });
    const command = { file: 'fake-agent', args: [], env: {}, stdin: undefined };
    const { stdout } = await runFake(command, { cwd: directory, env: { PATH: `${directory}:${PATH}` } });
    expect(stdout).toEqual([directory]);
  });
});

describe('the input of an agent', () => {
  it('is at its end at once when there is none', async () => {
    expect((await runFake(shell('cat; echo end'))).stdout).toEqual(['end']);
  });

  it('may be longer than an argument may be', async () => {
    const prompt = 'x'.repeat(3_000_000);
    expect((await runFake(shell('wc -c', prompt))).stdout.map(Number)).toEqual([3_000_000]);
  });

  it('may be left unread', async () => {
    expect((await runFake(shell('exec 0<&-; exit 3', 'x'.repeat(3_000_000)))).exit.exitCode).toBe(3);
  });
});

describe('an agent that cannot be started', () => {
  it('is a missing executable', async () => {
    const { exit } = await runFake({ file: 'no-such-agent', args: [], env: {}, stdin: 'prompt' });
    expect(exit).toMatchObject({
      endedBy: 'spawn-error',
      error: 'The executable no-such-agent was not found.',
    });
  });

  it('is a file that may not be run', async () => {
    const file = join(directory, 'plain-file');
    writeFileSync(file, 'no program', { mode: 0o644 });
    const { exit } = await runFake({ file, args: [], env: {}, stdin: undefined });
    expect(exit).toMatchObject({
      endedBy: 'spawn-error',
      error: expect.stringContaining('permission denied'),
    });
  });

  it('is one whose arguments are too long', async () => {
    const { exit } = await runFake({ ...shell('exit 0'), args: ['-c', 'exit 0', 'x'.repeat(200_000)] });
    expect(exit).toMatchObject({
      endedBy: 'spawn-error',
      error: expect.stringContaining('longer than the system'),
    });
  });

  it('is one whose directory is gone', async () => {
    const { exit } = await runFake(shell('exit 0'), { cwd: join(directory, 'gone') });
    expect(exit).toMatchObject({ endedBy: 'spawn-error', error: expect.stringContaining('does not exist') });
  });

  it('is one with an argument that no program can be given', async () => {
    const { exit } = await runFake({ ...shell('exit 0'), args: ['a\0b'] });
    expect(exit).toMatchObject({
      endedBy: 'spawn-error',
      error: expect.stringContaining('could not be started'),
    });
  });
});

describe('an agent that is cancelled', () => {
  it('before its start never starts', async () => {
    const trace = join(directory, 'started');
    const { exit } = await runFake(shell(`touch ${trace}`), { signal: AbortSignal.abort() });
    expect(exit).toMatchObject({ endedBy: 'cancel', exitCode: undefined, signal: undefined });
    expect(existsSync(trace)).toBe(false);
  });

  it('may end in its own way', async () => {
    const cancel = new AbortController();
    const script = 'trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 1000 & wait $!; done';
    const run = await runFake(shell(script), {
      signal: cancel.signal,
      onLine: (_, text) => {
        if (text === 'ready') cancel.abort();
      },
    });
    expect(run.exit).toMatchObject({ endedBy: 'cancel', exitCode: 7 });
    expect(run.stdout).toEqual(['ready', 'bye']);
  });

  it('counts as cancelled though it exits with 0', async () => {
    const script =
      'process.on("SIGTERM", () => process.exit(0)); console.log("ready"); setInterval(() => {}, 1e6)';
    const cancel = new AbortController();
    const { exit } = await runFake(node(script), { signal: cancel.signal, onLine: () => cancel.abort() });
    expect(exit).toMatchObject({ endedBy: 'cancel', exitCode: 0 });
  });

  it('is killed after the grace when it ignores SIGTERM, with its tools', async () => {
    const cancel = new AbortController();
    const script = 'trap "" TERM; sh -c "sleep 1000; echo tool" & echo ready; while :; do sleep 1000; done';
    const run = await runFake(shell(script), {
      graceMs: 20,
      signal: cancel.signal,
      onLine: () => cancel.abort(),
    });
    expect(run.exit).toMatchObject({ endedBy: 'cancel', exitCode: undefined, signal: 'SIGKILL' });
    expect(agentProcessesOf(run)).toEqual([]);
  });

  it('is killed sooner when that has become urgent', async () => {
    const [cancel, urgent] = [new AbortController(), new AbortController()];
    const script = 'trap "echo term" TERM; echo ready; while :; do sleep 0.01; done';
    const run = await runFake(shell(script), {
      graceMs: 3_600_000,
      urgentGraceMs: 20,
      signal: cancel.signal,
      urgent: urgent.signal,
      onLine: (_, text) => (text === 'ready' ? cancel.abort() : urgent.abort()),
    });
    expect(run.exit).toMatchObject({ endedBy: 'cancel', signal: 'SIGKILL' });
  });

  it('takes along a tool that left its group and cleared its environment', async () => {
    const cancel = new AbortController();
    const script = `env -i setsid /bin/sh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done' & wait`;
    const run = await runFake(shell(script), {
      graceMs: 20,
      signal: cancel.signal,
      onLine: () => cancel.abort(),
    });
    expect(run.exit).toMatchObject({ endedBy: 'cancel', signal: 'SIGTERM' });
  });
});

describe('an agent that was killed', () => {
  const counting = (...counts: number[]) => {
    return () => counts.shift();
  };

  it.each(['kill -9 $$', 'sh -c "kill -9 \\$\\$"; exit 137'])(
    'ran out of memory when the kernel says so: %s',
    async (script) => {
      const { exit } = await runFake(shell(script), { oomKills: counting(4, 5) });
      expect(exit).toMatchObject({ outOfMemory: true, endedBy: 'exit' });
    },
  );

  it.each([
    ['of which the kernel says nothing', 'kill -9 $$', counting(4, 4)],
    ['where nobody counts', 'kill -9 $$', () => undefined],
    ['only in one of its tools', 'sh -c "kill -9 \\$\\$"; exit 1', counting(4, 5)],
  ])('did not run out of memory: %s', async (_, script, oomKills) => {
    const { exit } = await runFake(shell(script), { oomKills });
    expect(exit).not.toHaveProperty('outOfMemory');
  });

  it('did not run out of memory when the supervisor killed it', async () => {
    const { exit } = await runFake(shell('trap "" TERM; while :; do sleep 0.01; done'), {
      timeoutMs: 50,
      graceMs: 20,
      oomKills: counting(4, 5),
    });
    expect(exit).toMatchObject({ endedBy: 'timeout', signal: 'SIGKILL' });
    expect(exit).not.toHaveProperty('outOfMemory');
  });
});

describe('an agent whose time is up', () => {
  it('is ended', async () => {
    const { exit } = await runFake(shell('exec sleep 1000'), { timeoutMs: 20 });
    expect(exit).toMatchObject({ endedBy: 'timeout', signal: 'SIGTERM' });
  });

  it('is not cancelled once more', async () => {
    const cancel = new AbortController();
    const script = 'trap "echo term; sleep 1000" TERM; while :; do sleep 0.01; done';
    const run = await runFake(shell(script), {
      timeoutMs: 100,
      graceMs: 20,
      signal: cancel.signal,
      onLine: () => cancel.abort(),
    });
    expect(run.exit.endedBy).toBe('timeout');
  });
});

describe.runIf(process.platform === 'linux')('what an agent leaves behind', () => {
  it('is ended: a background process that holds the output', async () => {
    const run = await runFake(shell('sleep 1000 & echo done'));
    expect(run.exit).toMatchObject({ endedBy: 'exit', exitCode: 0 });
    expect(run.stdout).toEqual(['done']);
    expect(agentProcessesOf(run)).toEqual([]);
  });

  it('is ended: a daemon in a session of its own', async () => {
    const run = await runFake(shell('setsid sh -c "sleep 1000 > /dev/null 2>&1 & echo daemon"; exit 5'));
    expect(run.exit).toMatchObject({ endedBy: 'exit', exitCode: 5 });
    expect(run.stdout).toEqual(['daemon']);
    expect(agentProcessesOf(run)).toEqual([]);
  });

  it('is ended: what has no mark, but is still in its process group', async () => {
    const script = 'env -i /bin/sh -c "sleep 1000 & echo \\$!"';
    // It holds the output; nothing else lets this end.
    const run = await runFake(shell(script), { drainMs: 600_000 });
    expect(run.exit).toMatchObject({ endedBy: 'exit', exitCode: 0 });
  });

  it('is not waited for when nothing leads to it', async () => {
    const script = `env -i setsid /bin/sh -c 'sleep 1000 & echo $!'; echo end`;
    const run = await runFake(shell(script), { drainMs: 20 });
    process.kill(Number(run.stdout[0]), 'SIGKILL');
    expect(run.exit).toMatchObject({ endedBy: 'exit', exitCode: 0 });
    expect(run.stdout[1]).toBe('end');
  });
});
