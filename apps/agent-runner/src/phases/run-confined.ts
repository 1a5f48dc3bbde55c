import type { RecordIn } from '@outpost/contracts';
import type { Sandbox } from '@outpost/platform/sandbox';
import { dirname } from 'node:path';
import type { AgentCommand } from '../agents/adapter.js';
import { diskLimitsOf, DiskWatch } from '../disk/index.js';
import { PhaseError } from '../phase-error.js';
import { agentEnvironment, superviseAgent, type AgentExit } from '../process/index.js';
import type { Redactor } from '../redaction/index.js';
import type { RunLog } from '../run-log.js';
import type { Worker } from '../worker.js';
import { confine } from './confine.js';
import type { RunSecrets } from './secrets.js';
import type { Workspace } from './workspace.js';

const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** What whatever runs in the sandbox of a dispatch needs. */
export interface SandboxedRun {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  readonly secrets: RunSecrets;
  readonly sandbox: Sandbox;
  readonly redactor: Redactor;
  readonly log: RunLog;
  /** Until it is ended. */
  readonly timeoutMs: number;
}

/** Runs a command in the repository, in the sandbox, to its end. No process of it is left when this resolves. */
export async function runConfined(
  run: SandboxedRun,
  command: AgentCommand,
  onLine: (stream: 'stdout' | 'stderr', text: string) => void,
): Promise<AgentExit> {
  const { worker, record, workspace, secrets, sandbox, redactor, log, timeoutMs } = run;
  await using disk = await watchDisk(run);
  await using confined = await confine({ worker, record, workspace, command, sandbox });
  disk.start();
  const ended = await superviseAgent({
    command: confined.command,
    cwd: workspace.repo,
    env: { ...baseEnvironment(worker, workspace), ...secrets.variables, ...confined.env },
    dispatchId: record.dispatchId,
    user: sandbox.user,
    timeoutMs,
    graceMs: worker.limits.agentGraceMs,
    urgentGraceMs: worker.limits.cancelGraceMs,
    signal: worker.stop.signal,
    urgent: worker.stop.urgent,
    full: disk.full,
    oomKills: confined.oomKills,
    onLine,
    redactor,
    maxOutputBytes: worker.limits.maxLogBytes,
    maxLineBytes: MAX_LINE_BYTES,
    clock: worker.clock,
  });
  const exit = ended.endedBy === 'full' ? { ...ended, error: disk.excess } : ended;
  if (exit.error !== undefined) log.system(exit.error);
  return exit;
}

/** Rejects when the workspace takes more than it may before the command has begun: then it would be stopped at once. */
async function watchDisk({ worker, record, workspace }: SandboxedRun): Promise<DiskWatch> {
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

// Some CLIs are Node scripts: they find the Node that runs this worker, whatever else the machine has.
function baseEnvironment({ config }: Worker, { home, tmp, artifacts }: Workspace): Record<string, string> {
  const { SSH_AUTH_SOCK: _, ...network } = config.network;
  return {
    ...network,
    ...agentEnvironment({ path: `${dirname(process.execPath)}:${config.path}`, home, tmpDir: tmp }),
    OUTPOST_ARTIFACTS_DIR: artifacts,
  };
}
