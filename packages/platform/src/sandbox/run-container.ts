import Docker from 'dockerode';
import { writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openAgentCall, type AgentCall } from './container/agent-call.js';
import type { RelayReport } from './sandbox.js';

// The agent as its runner sees it, while it runs in a container: has its environment, its input and output, takes its
// signals, ends when it does and as it does.

export interface ContainerRun {
  /** Unix socket. */
  readonly engine: string;
  readonly containerId: string;
  readonly callSocket: string;
  /** Where to write the RelayReport, for who asks how often memory ran out. */
  readonly reportFile: string;
}

const TERMINATED = 143;
/** Of the engine, before each piece of a log. */
const FRAME_HEADER_BYTES = 8;
const FRAME_SIZE_AT = 4;

const { engine, containerId, callSocket, reportFile } = JSON.parse(process.argv[2] ?? '') as ContainerRun;
const container = new Docker({ socketPath: engine }).getContainer(containerId);
let hasStarted = false;
let isTold = false;

async function run(): Promise<number> {
  const { taken } = await openAgentCall(callSocket);
  if (isTold) return TERMINATED;
  await container.start();
  hasStarted = true;
  if (isTold) forward();
  const call = await Promise.race([taken, endWithoutCall(taken)]);
  const report = (call && (await serve(call))) ?? (await reportOfEngine());
  if (call === undefined) process.stderr.write(await wordsOfTheImage());
  writeFileSync(reportFile, JSON.stringify(report), { mode: 0o600 });
  return report.exitCode;
}

/** Podman looks again and again while it is asked to wait: it is not asked for longer than it takes to call. */
async function endWithoutCall(taken: Promise<unknown>): Promise<undefined> {
  const called = new AbortController();
  void taken.then(() => called.abort());
  return container.wait({ abortSignal: called.signal }).then(ignored, ignored);
}

/** Resolves when the agent has ended, whatever it has started, and all that they wrote is passed on. */
async function serve(call: AgentCall): Promise<RelayReport | undefined> {
  const passedOn = Promise.all([
    pipeline(call.stdout, process.stdout, { end: false }),
    pipeline(call.stderr, process.stderr, { end: false }),
  ]);
  // Nobody is there any more to take it.
  passedOn.catch(end);
  process.stdin.pipe(call.stdin);
  call.sendEnvironment(process.env);
  const report = await call.report();
  if (report !== undefined) await end();
  await passedOn;
  return report;
}

function end(): Promise<unknown> {
  return container.remove({ force: true, v: true }).catch(ignored);
}

/** When nobody inside has lived to tell: the kernel may have killed all of them. */
async function reportOfEngine(): Promise<RelayReport> {
  await container.wait();
  const { State } = await container.inspect();
  return { exitCode: State.ExitCode, oomKills: State.OOMKilled ? 1 : 0 };
}

/** What was printed before the relay was there, as when the image has no Node. */
async function wordsOfTheImage(): Promise<string> {
  const log = await container.logs({ stdout: true, stderr: true });
  let words = '';
  for (let at = 0; at + FRAME_HEADER_BYTES <= log.length;) {
    const from = at + FRAME_HEADER_BYTES;
    at = from + log.readUInt32BE(at + FRAME_SIZE_AT);
    words += log.toString('utf8', from, at);
  }
  return words;
}

function forward(): void {
  // It may have ended meanwhile.
  container.kill({ signal: 'SIGTERM' }).catch(ignored);
}

function ignored(): undefined {
  return undefined;
}

process.on('SIGTERM', () => {
  isTold = true;
  if (hasStarted) forward();
});
try {
  process.exit(await run());
} catch (error) {
  process.stderr.write(
    `The container did not run: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
