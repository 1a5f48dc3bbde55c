import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { agentProcessesOf, identify, isAlive, killAgentProcesses, killProcesses } from './index.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const started: string[] = [];

/** A shell script that prints `ready` once its processes run. All of them hold its output: it ends when they are gone. */
class Script {
  readonly dispatchId = randomUUID();
  readonly child: ChildProcess;
  #output = '';
  readonly #ended: Promise<unknown>;

  constructor(script: string, env: Record<string, string> = {}) {
    started.push(this.dispatchId);
    const marked = { PATH, OUTPOST_AGENT_RUN: this.dispatchId, ...env };
    this.child = spawn('/bin/sh', ['-c', script], {
      env: marked,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    this.#ended = once(this.child, 'close');
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  async ready(): Promise<string> {
    while (!this.#output.includes('ready')) await once(this.child.stdout!, 'data');
    return this.#output;
  }

  /** Resolves when no process holds the output any more. */
  async gone(): Promise<string> {
    await this.#ended;
    return this.#output;
  }
}

afterEach(async () => {
  for (const dispatchId of started.splice(0)) await killAgentProcesses({ dispatchId });
});

describe.runIf(process.platform === 'linux')('the processes of an agent', () => {
  it('are found and killed, with their children', async () => {
    const script = new Script('sleep 1000 & echo ready; wait');
    await script.ready();
    const pids = agentProcessesOf(script).map(({ pid }) => pid);
    expect(pids).toHaveLength(2);
    expect(pids).toContain(script.child.pid);
    await killAgentProcesses(script);
    await script.gone();
    expect(agentProcessesOf(script)).toEqual([]);
  });

  it('are found when they left the session and their parents are gone', async () => {
    const script = new Script('setsid sh -c "sleep 1000 & (setsid sleep 1001 &) ; echo ready"');
    await script.ready();
    await once(script.child, 'exit');
    expect(agentProcessesOf(script)).toHaveLength(2);
    await killAgentProcesses(script);
    await script.gone();
  });

  it('are found with a cleared environment, by their parent', async () => {
    const script = new Script("env -i setsid /bin/sh -c 'sleep 1000 & echo ready; wait' & wait");
    await script.ready();
    expect(agentProcessesOf(script)).toHaveLength(3);
    await killAgentProcesses(script);
    await script.gone();
  });

  it('are killed with what they fork meanwhile, marked or not', async () => {
    // Nothing but their parent leads to the children, which come one by one while the scans run.
    const fork = 'i=$((i+1)); [ $i = 10 ] && echo ready; setsid sleep 1000 & sleep 0.002';
    const script = new Script(
      `env -i PATH=${PATH} sh -c 'while [ "$i" != 200 ]; do ${fork}; done; wait' & wait`,
    );
    await script.ready();
    await killAgentProcesses(script);
    expect(await script.gone()).toContain('ready');
  });

  it('are killed when they were known, though nothing leads to them any more', async () => {
    const script = new Script(
      "env -i setsid /bin/sh -c 'echo $$ ready; while :; do sleep 1000; done' & wait",
    );
    const orphan = identify(Number.parseInt(await script.ready(), 10));
    const known = agentProcessesOf(script);
    expect(known).toContainEqual(orphan);
    script.child.kill('SIGKILL');
    await once(script.child, 'exit');
    await expect.poll(() => agentProcessesOf(script)).toEqual([]);
    expect(agentProcessesOf({ dispatchId: script.dispatchId, known })).toContainEqual(orphan);
    await killAgentProcesses({ dispatchId: script.dispatchId, known });
    await script.gone();
  });

  it('are killed when they ignore SIGTERM', async () => {
    const script = new Script('trap "" TERM HUP INT; echo ready; while :; do sleep 1000; done');
    await script.ready();
    await killAgentProcesses(script);
    expect(await script.gone()).toContain('ready');
  });

  it('are killed though each forks a successor in a new session and exits', async () => {
    // Ends by itself in the end, so that a failing test leaves nothing behind; it says so when it gets there.
    const link =
      'n=$((n+1)); [ $n = 20 ] && echo ready; [ $n = 4000 ] && echo survived && exit; setsid sh -c "$LINK" &';
    const script = new Script('sh -c "$LINK"', { LINK: `export n; ${link}`, n: '0' });
    await script.ready();
    await killAgentProcesses(script);
    expect(await script.gone()).not.toContain('survived');
  });

  it('are not those of another dispatch, nor of one whose id begins alike', async () => {
    const other = new Script('echo ready; exec sleep 1000');
    await other.ready();
    const dispatchId = other.dispatchId.slice(0, -1);
    expect(agentProcessesOf({ dispatchId })).toEqual([]);
    await killAgentProcesses({ dispatchId });
    expect(agentProcessesOf(other)).toHaveLength(1);
  });

  it('do not count once they are zombies', async () => {
    // The shell's first child ends at once, and the sleep that the shell becomes never reaps it.
    const script = new Script('sh -c "exit 0" & echo $! ready; exec sleep 1000');
    const zombie = Number.parseInt(await script.ready(), 10);
    await expect.poll(() => identify(zombie)).toBeUndefined();
    expect(agentProcessesOf(script).map(({ pid }) => pid)).toEqual([script.child.pid]);
  });
});

describe('killing processes', () => {
  it('ends the process that was meant', async () => {
    const script = new Script('echo ready; exec sleep 1000');
    await script.ready();
    const identity = identify(script.child.pid ?? 0);
    expect(identity).toBeDefined();
    if (identity === undefined) return;
    killProcesses([identity]);
    await script.gone();
    expect(isAlive(identity)).toBe(false);
  });

  it('spares a process that was given the pid of an earlier one', async () => {
    const script = new Script('echo ready; exec sleep 1000');
    await script.ready();
    killProcesses([{ pid: script.child.pid ?? 0, startedAt: 'another start' }]);
    script.child.kill('SIGTERM');
    expect(await once(script.child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it('does not fail for a process that is gone', () => {
    expect(() => killProcesses([{ pid: 2 ** 22 + 1, startedAt: 'x' }])).not.toThrow();
  });
});
