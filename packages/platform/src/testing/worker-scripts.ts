import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a worker does, as far as a task runner can see it. */
export type WorkerBehaviour =
  /** Ends at once, by itself. */
  | 'exits-0'
  | 'exits-3'
  /** Ends when it is asked to. */
  | 'ends-when-asked'
  /** Has an agent; neither listens to SIGTERM. */
  | 'ignores-requests'
  /** Ends at once, and leaves its agent running in a session of its own. */
  | 'leaves-agent'
  /** The same, and is killed. */
  | 'is-killed';

/** One line of the report that a scripted worker writes when it has started. */
export interface WorkerReport {
  readonly pid: number;
  /** Of its agent, if it started one. */
  readonly agentPid: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** All that it was given on stdin. */
  readonly stdin: string;
}

const ENDINGS: Readonly<Record<WorkerBehaviour, string>> = {
  'exits-0': 'process.exitCode = 0;',
  'exits-3': 'process.exitCode = 3;',
  'ends-when-asked': "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1_000);",
  'ignores-requests': "process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000);",
  'leaves-agent': 'process.exitCode = 0;',
  'is-killed': "process.kill(process.pid, 'SIGKILL');",
};

const WITH_AGENT: readonly WorkerBehaviour[] = ['ignores-requests', 'leaves-agent', 'is-killed'];

/**
 * An ES module that plays a worker. It appends a line of JSON to `$REPORT_DIR/<dispatchId>.jsonl` once it behaves as
 * it should, so that a test can wait for that.
 */
function workerScript(behaviour: WorkerBehaviour): string {
  return `
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
const { OUTPOST_DISPATCH_ID, REPORT_DIR } = process.env;
let stdin = '';
for await (const chunk of process.stdin) stdin += chunk;
let agentPid;
if (${WITH_AGENT.includes(behaviour)}) {
  const source = "process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); console.log('up'); setInterval(() => {}, 1000)";
  const agent = spawn(process.execPath, ['-e', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { OUTPOST_AGENT_RUN: OUTPOST_DISPATCH_ID },
  });
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  agent.stdout.destroy();
  agent.unref();
  agentPid = agent.pid;
}
const report = () => appendFileSync(
  REPORT_DIR + '/' + OUTPOST_DISPATCH_ID + '.jsonl',
  JSON.stringify({ pid: process.pid, agentPid, environment: { ...process.env }, stdin }) + '\\n',
);
${behaviour === 'is-killed' ? 'report();\n' + ENDINGS[behaviour] : ENDINGS[behaviour] + '\nreport();'}
`;
}

/** A worker that a task runner can start, and what its processes reported. */
export interface ScriptedWorker {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** One for each worker of the dispatch that has come as far as its behaviour. */
  reportsOf(dispatchId: string): readonly WorkerReport[];
}

/** Writes the script into a directory, which is made if need be. */
export async function createScriptedWorker({
  directory,
  behaviour,
}: {
  readonly directory: string;
  readonly behaviour: WorkerBehaviour;
}): Promise<ScriptedWorker> {
  const script = join(directory, 'worker.mjs');
  await mkdir(directory, { recursive: true });
  await writeFile(script, workerScript(behaviour));
  return {
    command: [process.execPath, script],
    env: { REPORT_DIR: directory },
    reportsOf(dispatchId) {
      const path = join(directory, `${dispatchId}.jsonl`);
      const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
      return lines.map((line) => JSON.parse(line) as WorkerReport);
    },
  };
}
