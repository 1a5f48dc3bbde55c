import type { RecordIn } from '@outpost/contracts';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { adapterFor, type AgentVerdict } from '../agents/index.js';
import type { AgentResult } from '../conclusion.js';
import { diskLimitsOf, DiskWatch } from '../disk/index.js';
import { PhaseError } from '../phase-error.js';
import { agentEnvironment, superviseAgent } from '../process/index.js';
import type { Redactor } from '../redaction/index.js';
import type { RunLog } from '../run-log.js';
import type { Worker } from '../worker.js';
import { confine } from './confine.js';
import type { RunSecrets } from './secrets.js';
import type { Workspace } from './workspace.js';

const MAX_LINE_BYTES = 8 * 1024 * 1024;

export interface RunAgentParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  readonly secrets: RunSecrets;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly prompt: string;
}

/** Runs the agent's CLI to its end. No process of it is left when this resolves. */
export async function runAgent(params: RunAgentParams): Promise<AgentResult> {
  const { worker, record, workspace, secrets, redactor, log, prompt } = params;
  const adapter = adapterFor(record.agent);
  // Where the agent's user can read it.
  const promptFile = join(workspace.tmp, 'prompt.md');
  await writeFile(promptFile, prompt, { mode: 0o600 });
  const command = await adapter.prepare({
    executable: executableOf(worker, record),
    modelId: record.modelId,
    prompt,
    promptFile,
    homeDir: workspace.home,
    repoDir: workspace.repo,
    apiKey: secrets.agentKey,
    baseUrl: worker.config.agentBaseUrls[record.agent],
  });
  const parser = adapter.createParser();
  await using disk = await watchDisk(params);
  await using confined = await confine({ worker, record, workspace, command });
  disk.start();
  const exit = await superviseAgent({
    command: confined.command,
    cwd: workspace.repo,
    env: { ...baseEnvironment(worker, workspace), ...secrets.variables, ...confined.env },
    dispatchId: record.dispatchId,
    user: worker.config.sandbox.user,
    timeoutMs: record.timeoutSeconds * 1000,
    graceMs: worker.limits.agentGraceMs,
    urgentGraceMs: worker.limits.cancelGraceMs,
    signal: worker.stop.signal,
    urgent: worker.stop.urgent,
    full: disk.full,
    oomKills: confined.oomKills,
    onLine: (stream, text) => parser.line(stream, text).forEach((line) => log.agent(line)),
    redactor,
    maxOutputBytes: worker.limits.maxLogBytes,
    maxLineBytes: MAX_LINE_BYTES,
    clock: worker.clock,
  });
  for (const line of parser.flush()) log.agent(line);
  if (exit.error !== undefined) log.system(exit.error);
  return { exit, verdict: redacted(parser.verdict(exit), redactor), excess: disk.excess };
}

/** Rejects when the workspace takes more than it may before the agent has begun: then it would be stopped at once. */
async function watchDisk({ worker, record, workspace }: RunAgentParams): Promise<DiskWatch> {
  const { limits, logger, stop } = worker;
  const watch = new DiskWatch({
    root: workspace.root,
    limits: diskLimitsOf(record),
    intervalMs: limits.diskWatchIntervalMs,
    logger,
  });
  await watch.look(AbortSignal.any([stop.signal, AbortSignal.timeout(limits.measureMs)]));
  if (watch.excess !== undefined) throw new PhaseError('workspace_full', watch.excess);
  return watch;
}

function executableOf({ platform }: Worker, { agent }: RecordIn<'RUNNING'>): string {
  const executable = platform.agents.locate(agent);
  if (executable === undefined)
    throw new PhaseError('agent_missing', `The ${agent} CLI is not on this worker.`);
  return executable;
}

// Some CLIs are Node scripts: they find the Node that runs this worker, whatever else the machine has.
function baseEnvironment({ config }: Worker, { home, tmp }: Workspace): Record<string, string> {
  const { SSH_AUTH_SOCK: _, ...network } = config.network;
  return {
    ...network,
    ...agentEnvironment({ path: `${dirname(process.execPath)}:${config.path}`, home, tmpDir: tmp }),
  };
}

// Lines were redacted one by one; what a parser joined from several has to be looked at again.
function redacted(verdict: AgentVerdict, redactor: Redactor): AgentVerdict {
  const { finalMessage, error } = verdict;
  return {
    ...verdict,
    finalMessage: finalMessage === undefined ? undefined : redactor.text(finalMessage),
    error: error === undefined ? undefined : { ...error, message: redactor.text(error.message) },
  };
}
