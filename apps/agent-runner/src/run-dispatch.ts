import { costOf, LIMITS, type Changes, type RecordIn, type Stage } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelWatch } from './cancel-watch.js';
import { Checkpoints } from './checkpoints.js';
import {
  concludeAgent,
  concludeError,
  concludeStop,
  firstFailure,
  type AgentResult,
  type Conclusion,
} from './conclusion.js';
import type { Checkout } from './git/index.js';
import { Heartbeat } from './heartbeat.js';
import { asPhase, messageOf } from './phase-error.js';
import { claim } from './phases/claim.js';
import { checkOut } from './phases/clone.js';
import { collect } from './phases/collect.js';
import { injectContext } from './phases/context.js';
import { report, type End } from './phases/report.js';
import { runAgent } from './phases/run.js';
import { readSecrets, type RunSecrets } from './phases/secrets.js';
import { writeSummary } from './phases/summary.js';
import { upload } from './phases/upload.js';
import { prepareWorkspace, type Workspace } from './phases/workspace.js';
import { createRedactor, type Redactor } from './redaction/index.js';
import { RunLog } from './run-log.js';
import { Stages } from './stages.js';
import { withinLimit } from './time-limit.js';
import type { Worker } from './worker.js';

/** 0: it was reported, or was not for this worker. 124: the agent timed out. 125: it failed before the agent started. */
export type WorkerExitCode = 0 | 124 | 125;

/** Takes a dispatch through all its phases to its end. Rejects only when not even that end could be written. */
export async function runDispatch(worker: Worker): Promise<WorkerExitCode> {
  const record = await claim(worker);
  if (record === undefined) {
    worker.logger.info('the dispatch is not for this worker');
    return 0;
  }
  const { platform, key, clock, stop, logger, limits } = worker;
  const { dispatches } = platform;
  const intervalMs = limits.heartbeatIntervalMs;
  const heartbeat = new Heartbeat({ dispatches, key, clock, stop, logger, intervalMs });
  const watch = new CancelWatch({ dispatches, key, stop, logger, intervalMs: limits.cancelPollMs });
  heartbeat.start();
  watch.start();
  const stages = new Stages({ clock: worker.clock, onEnter: (stage) => heartbeat.beat(stage) });
  try {
    return await new DispatchRun(worker, record, stages).toItsEnd();
  } finally {
    watch.end();
    heartbeat.end();
  }
}

interface Deadline {
  cancel(): void;
}

/** One claimed dispatch: what each phase leaves for the next. */
class DispatchRun {
  readonly #worker: Worker;
  readonly #record: RecordIn<'RUNNING'>;
  readonly #stages: Stages;
  /** The report of a cancellation that came before all was collected and stored. */
  #earlyReport: Promise<unknown> | undefined;
  #workspace: Workspace | undefined;
  #log: RunLog | undefined;
  #checkout: Checkout | undefined;
  #result: AgentResult | undefined;
  #changes: Changes | undefined;

  constructor(worker: Worker, record: RecordIn<'RUNNING'>, stages: Stages) {
    this.#worker = worker;
    this.#record = record;
    this.#stages = stages;
  }

  async toItsEnd(): Promise<WorkerExitCode> {
    // Read first: nothing may be written before the redactor knows what must not be.
    const secrets = await readSecrets(this.#worker, this.#record);
    const redactor = createRedactor(secrets.values);
    const deadline = this.#reportInTime();
    const worked = await this.#attempt(() => this.#work(secrets, redactor));
    const collected = await this.#attempt(() => this.#collect(redactor));
    const conclusion = firstFailure([worked, this.#agentConclusion(), collected]);
    const end = await this.#finish(conclusion, redactor, deadline);
    await this.#cleanUp();
    if (end.to === 'TIMEOUT') return 124;
    return end.to === 'FAILED' && this.#result === undefined ? 125 : 0;
  }

  /** Everything up to the agent's end. */
  async #work(secrets: RunSecrets, redactor: Redactor): Promise<void> {
    const { platform, key, clock, logger, limits, stop } = this.#worker;
    const record = this.#record;
    const workspace = await this.#phase('workspace', limits.workspaceTimeoutMs, () =>
      asPhase('workspace_failed', () => prepareWorkspace(this.#worker, record, redactor)),
    );
    this.#workspace = workspace;
    const file = join(workspace.outbox, 'output.log');
    const log = new RunLog({
      logs: platform.logs,
      key,
      clock,
      redactor,
      logger,
      file,
      maxBytes: limits.maxLogBytes,
    });
    this.#log = log;
    log.system(
      record.repo === undefined ? 'No repository: starting an empty one.' : `Cloning ${record.repo}.`,
    );
    const checkout = await this.#phase('clone', limits.cloneTimeoutMs, () =>
      asPhase('repository_unreachable', () => checkOut(this.#worker, record, workspace, secrets.gitToken)),
    );
    this.#checkout = checkout;
    const prompt = await this.#phase('context', limits.contextTimeoutMs, () =>
      injectContext(this.#worker, record, workspace, checkout, redactor),
    );
    stop.signal.throwIfAborted();
    log.system(
      `Starting ${record.agent} with ${record.modelId} on ${checkout.branch} at ${checkout.baseCommit.slice(0, 12)}.`,
    );
    const checkpoints = new Checkpoints({
      intervalMs: limits.checkpointIntervalMs,
      take: (signal) => this.#checkpoint({ workspace, checkout, redactor }, log, signal),
      logger,
    });
    this.#result = await this.#stages.run('run', async () => {
      checkpoints.start();
      try {
        return await runAgent({ worker: this.#worker, record, workspace, secrets, redactor, log, prompt });
      } finally {
        await checkpoints.end();
      }
    });
  }

  async #checkpoint(
    parts: { workspace: Workspace; checkout: Checkout; redactor: Redactor },
    log: RunLog,
    signal: AbortSignal,
  ): Promise<void> {
    await log.flush();
    await collect({ worker: this.#worker, record: this.#record, ...parts }, { bundle: false, signal });
    const { uploadTimeoutMs } = this.#worker.limits;
    // Not given up at the end of the run: stored late, it would take the place of what is newer.
    await withinLimit('upload', uploadTimeoutMs, () => upload(this.#worker, parts.workspace));
  }

  // Also after a failure, a time-out or a cancellation: what the agent did so far is worth keeping.
  async #collect(redactor: Redactor): Promise<void> {
    const [workspace, checkout, log] = [this.#workspace, this.#checkout, this.#log];
    if (workspace === undefined || checkout === undefined || log === undefined || this.#isLost) return;
    const parts = { worker: this.#worker, record: this.#record, workspace, checkout, redactor };
    const { collectTimeoutMs } = this.#worker.limits;
    const { changes, warnings } = await this.#phase('collect', collectTimeoutMs, () =>
      asPhase('collect_failed', () => collect(parts, { bundle: true })),
    );
    this.#changes = changes;
    for (const warning of warnings) log.system(warning);
  }

  async #finish(concluded: Conclusion, redactor: Redactor, deadline: Deadline): Promise<End> {
    const conclusion = this.#redactedStop(concluded, redactor);
    await this.#sayEnd(conclusion);
    const uploaded = await this.#attempt(() => this.#upload(conclusion));
    const end = this.#end(firstFailure([conclusion, uploaded]));
    if (this.#isLost) return end;
    deadline.cancel();
    if (this.#earlyReport !== undefined) {
      await this.#earlyReport;
      return end;
    }
    const reported = await report(this.#worker, this.#record, end);
    this.#worker.logger.info({ status: reported ?? 'ended by another' }, 'reported');
    return end;
  }

  #agentConclusion(): Conclusion | undefined {
    return this.#result === undefined ? undefined : concludeAgent(this.#result, this.#record.timeoutSeconds);
  }

  async #upload(conclusion: Conclusion): Promise<void> {
    const workspace = this.#workspace;
    if (workspace === undefined || this.#isLost) return;
    await this.#phase('upload', this.#worker.limits.uploadTimeoutMs, async () => {
      await writeSummary(workspace, this.#record, this.#end(conclusion));
      await upload(this.#worker, workspace);
    });
  }

  #end({ status, failure }: Conclusion): End {
    const { clock } = this.#worker;
    const { exit, verdict } = this.#result ?? {};
    const completedAt = timestamp(clock);
    const durationMs = Math.max(0, Date.parse(completedAt) - Date.parse(this.#record.startedAt));
    const { modelId, tier } = this.#record;
    const { usage, reportedCostUsd, finalMessage } = verdict ?? {};
    return {
      to: status,
      completedAt,
      exitCode: exit?.exitCode ?? null,
      errorMessage: failure?.message ?? null,
      ...(failure !== undefined && { failure }),
      ...(finalMessage !== undefined && { output: finalMessage.slice(0, LIMITS.outputMaxCharacters) }),
      ...(usage !== undefined && { usage }),
      cost: costOf({ modelId, tier, durationMs, usage, reportedCostUsd }),
      ...(this.#changes !== undefined && { changes: this.#changes }),
      timings: this.#stages.timings,
    };
  }

  async #sayEnd({ status, failure }: Conclusion): Promise<void> {
    this.#log?.system(failure === undefined ? `${status}.` : `${status}: ${failure.message}`);
    await this.#log?.close();
  }

  // Why the run was stopped says more than what the phase that it was stopped in made of it.
  #redactedStop(conclusion: Conclusion, redactor: Redactor): Conclusion {
    const { reason } = this.#worker.stop;
    const effective = reason === undefined || reason === 'lost' ? conclusion : concludeStop(reason);
    const { status, failure } = effective;
    return { status, failure: failure && { ...failure, message: redactor.text(failure.message) } };
  }

  /** A phase, timed, that ends at its limit at the latest. */
  async #phase<T>(stage: Stage, limitMs: number, run: () => Promise<T>): Promise<T> {
    return this.#stages.run(stage, () => withinLimit(stage, limitMs, run));
  }

  /** Who cancelled is not kept waiting for what is left to collect and to store: that follows the report. */
  #reportInTime(): Deadline {
    const { stop, limits } = this.#worker;
    // The report gives a kept workspace to the next dispatch: there it comes last.
    const mayBeEarly = this.#record.workspaceMode === 'ephemeral';
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      if (mayBeEarly && stop.reason === 'cancelled')
        timer = setTimeout(() => this.#reportEarly(), limits.cancelReportMs);
    };
    if (stop.signal.aborted) begin();
    else stop.signal.addEventListener('abort', begin, { once: true });
    return {
      cancel: () => {
        stop.signal.removeEventListener('abort', begin);
        clearTimeout(timer);
      },
    };
  }

  #reportEarly(): void {
    const end = this.#end(concludeStop('cancelled'));
    this.#earlyReport = this.#attempt(async () => void (await report(this.#worker, this.#record, end)));
  }

  async #attempt(step: () => Promise<void>): Promise<Conclusion | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      this.#worker.logger.warn({ err: error }, 'phase failed');
      return concludeError(error);
    }
  }

  async #cleanUp(): Promise<void> {
    const { platform, key, logger } = this.#worker;
    const { workspaceMode, workspaceId } = this.#record;
    try {
      if (workspaceMode === 'ephemeral') await platform.mounts.erase({ tenantId: key.tenantId, workspaceId });
      else if (this.#workspace !== undefined)
        await rm(this.#workspace.outbox, { recursive: true, force: true });
    } catch (error) {
      // The reconciler deletes what is left.
      logger.warn({ err: error, reason: messageOf(error) }, 'the workspace could not be deleted');
    }
  }

  get #isLost(): boolean {
    return this.#worker.stop.reason === 'lost';
  }
}
