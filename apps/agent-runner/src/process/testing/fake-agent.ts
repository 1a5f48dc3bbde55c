import { systemClock } from '@outpost/platform';
import { killAgentProcesses } from '@outpost/platform/process';
import { randomUUID } from 'node:crypto';
import type { AgentCommand } from '../../agents/adapter.js';
import { createRedactor } from '../../redaction/index.js';
import type { OnLine, OutputStream } from '../output.js';
import { superviseAgent, type AgentExit, type SuperviseParams } from '../supervisor.js';

/** A supervised fake agent, with what it printed. */
export interface FakeRun {
  readonly exit: AgentExit;
  readonly stdout: string[];
  readonly stderr: string[];
  readonly dispatchId: string;
}

export interface FakeRunOptions extends Partial<Omit<SuperviseParams, 'redactor'>> {
  readonly secrets?: readonly string[];
  /** Called before the line is kept. */
  readonly onLine?: OnLine;
}

export const PATH = '/usr/local/bin:/usr/bin:/bin';

export function shell(script: string, stdin?: string): AgentCommand {
  return { file: '/bin/sh', args: ['-c', script], env: {}, stdin };
}

/** `script` is the source of a program for this Node. */
export function node(script: string, stdin?: string): AgentCommand {
  return { file: process.execPath, args: ['-e', script], env: {}, stdin };
}

const started: string[] = [];

/** For `afterEach`: a test that failed leaves nothing behind either. */
export async function endFakes(): Promise<void> {
  for (const dispatchId of started.splice(0)) await killAgentProcesses({ dispatchId });
}

export async function runFake(command: AgentCommand, options: FakeRunOptions = {}): Promise<FakeRun> {
  const lines: Record<OutputStream, string[]> = { stdout: [], stderr: [] };
  const { secrets = [], onLine, ...overrides } = options;
  const dispatchId = randomUUID();
  started.push(dispatchId);
  const exit = await superviseAgent({
    command,
    cwd: '/',
    env: { PATH },
    dispatchId,
    timeoutMs: 60_000,
    graceMs: 60_000,
    urgentGraceMs: 60_000,
    signal: new AbortController().signal,
    urgent: new AbortController().signal,
    oomKills: () => undefined,
    redactor: createRedactor(secrets),
    maxOutputBytes: 50_000_000,
    maxLineBytes: 1_000_000,
    clock: systemClock,
    ...overrides,
    onLine: async (stream, text) => {
      await onLine?.(stream, text);
      lines[stream].push(text);
    },
  });
  return { exit, ...lines, dispatchId };
}
