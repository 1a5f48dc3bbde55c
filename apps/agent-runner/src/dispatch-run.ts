import type { Changes, RecordIn } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import { join } from 'node:path';
import { AgentRounds, type RoundsParams } from './agent-rounds.js';
import { Checkpoints } from './checkpoints.js';
import { concludeAgent, concludeError, concludeRun, concludeVerify, type Conclusion } from './conclusion.js';
import { EarlyReport } from './early-report.js';
import type { Checkout } from './git/index.js';
import { asPhase } from './phase-error.js';
import { cleanUp } from './phases/clean-up.js';
import { collectAgentFiles } from './phases/agent-files.js';
import { checkOut } from './phases/clone.js';
import { collect, type CollectParams } from './phases/collect.js';
import { injectContext } from './phases/context.js';
import { enterWorkspace } from './phases/enter-workspace.js';
import { leaveWorkspace } from './phases/leave-workspace.js';
import { writeManifest } from './phases/manifest.js';
import { relaunchAfter, report, type End } from './phases/report.js';
import { sandboxFor } from './phases/sandbox.js';
import { readSecrets } from './phases/secrets.js';
import { writeSummary } from './phases/summary.js';
import { untilAvailable } from './phases/until-available.js';
import { upload } from './phases/upload.js';
import { prepareWorkspace, type Workspace } from './phases/workspace.js';
import { createRedactor, type Redactor } from './redaction/index.js';
import { outcomeOf } from './run-outcome.js';
import { RunLog } from './run-log.js';
import type { Stages } from './stages.js';
import { withinLimit } from './time-limit.js';
import { WindDown } from './wind-down.js';
import type { Worker } from './worker.js';

/** 0: it was reported, or was not for this worker. 124: the agent timed out. 125: it failed before the agent started. */
export type WorkerExitCode = 0 | 124 | 125;

type Reported = Awaited<ReturnType<typeof report>>;

interface DispatchRunParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly stages: Stages;
  /** No heartbeat any more, and no look at the record: it could take the run's own report for another's. */
  readonly endWatching: () => void;
}

/** One claimed dispatch: what each phase leaves for the next. */
export class DispatchRun {
  readonly #params: DispatchRunParams;
  readonly #windDown: WindDown;
  readonly #earlyReport: EarlyReport | undefined;
  /** What was reported before all was collected and stored, and the status that the dispatch then had. */
  #early: { readonly completedAt: string; readonly status: Reported } | undefined;
  #redactor: Redactor = createRedactor([]);
  #workspace: Workspace | undefined;
  #log: RunLog | undefined;
  /** Of a persistent workspace, once it was entered. */
  #generation: number | undefined;
  #checkout: Checkout | undefined;
  #rounds: AgentRounds | undefined;
  #changes: Changes | undefined;
  #manifestSha256: string | undefined;

  constructor(params: DispatchRunParams) {
    this.#params = params;
    this.#windDown = new WindDown(params.worker);
    // The report gives a kept workspace to the next dispatch: there it comes last.
    if (params.record.workspaceMode === 'ephemeral')
      this.#earlyReport = new EarlyReport({
        stop: params.worker.stop,
        delayMs: params.worker.limits.cancelReportMs,
        report: () => this.#reportEarly(),
      });
  }

  async toItsEnd(): Promise<WorkerExitCode> {
    const worked = await this.#attempt(() => this.#work());
    this.#windDown.begin();
    const collected = await this.#attempt(() => this.#collect());
    const failures = [worked, ...this.#agentConclusions(), collected];
    const uploaded = await this.#attempt(() => this.#upload(this.#end(failures)));
    this.#windDown.end();
    await this.#earlyReport?.end();
    return await this.#finish(this.#end([...failures, uploaded]));
  }

  /** Everything up to the agent's end. */
  async #work(): Promise<void> {
    const { worker, record, stages } = this.#params;
    const { signal: stop } = worker.stop;
    // Read first: nothing may be written before the redactor knows what must not be.
    const secrets = await stages.limited('claim', stop, () => readSecrets(worker, record));
    this.#redactor = createRedactor(secrets.values);
    const workspace = await stages.limited('workspace', stop, (signal) =>
      asPhase('workspace_failed', () => prepareWorkspace(worker, record, this.#redactor, signal)),
    );
    this.#workspace = workspace;
    const log = this.#openLog(workspace);
    const checkout = await stages.limited('clone', stop, (signal) =>
      asPhase('repository_unreachable', async () => {
        await this.#enterWorkspace(workspace, log, signal);
        return await checkOut(worker, record, workspace, secrets.gitToken, signal);
      }),
    );
    this.#checkout = checkout;
    const prompt = await stages.limited('context', stop, (signal) =>
      injectContext(worker, record, workspace, checkout, this.#redactor, signal),
    );
    const sandbox = await sandboxFor(worker, record);
    stop.throwIfAborted();
    const base = `${checkout.branch} at ${checkout.baseCommit.slice(0, 12)}`;
    log.system(`Starting ${record.agent} with ${record.modelId} on ${base}.`);
    await this.#runAgent(
      { worker, record, stages, workspace, log, secrets, sandbox, prompt, redactor: this.#redactor },
      checkout,
    );
  }

  async #enterWorkspace(workspace: Workspace, log: RunLog, signal: AbortSignal): Promise<void> {
    const { worker, record } = this.#params;
    if (record.workspaceMode !== 'persistent') return;
    this.#generation = await asPhase('workspace_failed', () =>
      enterWorkspace({ worker, record, workspace, log, signal }),
    );
  }

  async #leaveWorkspace({ isLast }: { readonly isLast: boolean }): Promise<void> {
    const { worker, record } = this.#params;
    const [workspace, generation] = [this.#workspace, this.#generation];
    if (workspace === undefined || generation === undefined || worker.stop.reason === 'lost') return;
    const mayArchive = isLast && record.archiveWorkspace === true;
    await leaveWorkspace({ worker, record, workspace, generation, mayArchive });
  }

  #openLog({ outbox }: Workspace): RunLog {
    const { worker, record } = this.#params;
    const log = new RunLog({
      ...worker,
      logs: worker.platform.logs,
      redactor: this.#redactor,
      file: join(outbox, 'output.log'),
      maxBytes: worker.limits.maxLogBytes,
      lost: worker.stop.lost,
    });
    this.#log = log;
    if (record.attempt > 1) log.system(`Attempt ${record.attempt}, on the ${record.tier} tier.`);
    log.system(
      record.repo === undefined ? 'No repository: starting an empty one.' : `Cloning ${record.repo}.`,
    );
    return log;
  }

  async #runAgent(params: RoundsParams, checkout: Checkout): Promise<void> {
    const { worker, workspace, log } = params;
    const checkpoints = new Checkpoints({
      intervalMs: worker.limits.checkpointIntervalMs,
      take: (signal) => this.#checkpoint({ workspace, checkout, log }, signal),
      logger: worker.logger,
    });
    this.#rounds = new AgentRounds(params);
    checkpoints.start();
    try {
      await this.#rounds.toTheEnd();
    } finally {
      await checkpoints.end();
    }
  }

  async #checkpoint(
    { workspace, checkout, log }: { workspace: Workspace; checkout: Checkout; log: RunLog },
    ended: AbortSignal,
  ): Promise<void> {
    const { worker } = this.#params;
    const { phaseTimeoutMs, settleMs } = worker.limits;
    const signal = AbortSignal.any([ended, worker.stop.lost]);
    const limitMs = phaseTimeoutMs.collect + phaseTimeoutMs.upload;
    await withinLimit({ name: 'checkpoint', limitMs, settleMs, signal }, async (limited) => {
      await collect(this.#collectParams(workspace, checkout), { bundle: false, signal: limited });
      await log.flush();
      await upload(worker, workspace, limited);
    });
  }

  // Also after a failure, a time-out or a cancellation: what the agent did so far is worth keeping.
  async #collect(): Promise<void> {
    const [workspace, checkout] = [this.#workspace, this.#checkout];
    if (workspace === undefined || checkout === undefined) return;
    const { changes, warnings } = await this.#params.stages.limited(
      'collect',
      this.#windDown.collecting,
      (signal) =>
        asPhase('collect_failed', async () => {
          const leftOut = await collectAgentFiles({ workspace, redactor: this.#redactor, signal });
          for (const warning of leftOut) this.#log?.system(warning);
          return collect(this.#collectParams(workspace, checkout), { bundle: true, signal });
        }),
    );
    this.#changes = changes;
    for (const warning of warnings) this.#log?.system(warning);
  }

  #collectParams(workspace: Workspace, checkout: Checkout): CollectParams {
    const { worker, record } = this.#params;
    return { worker, record, workspace, checkout, redactor: this.#redactor };
  }

  async #upload(end: End): Promise<void> {
    const { worker, record, stages } = this.#params;
    const [workspace, log] = [this.#workspace, this.#log];
    if (workspace === undefined || log === undefined) return;
    await stages.limited('upload', this.#windDown.uploading, async (signal) => {
      const relaunch = relaunchAfter(record, end);
      this.#sayEnd(log, end, relaunch?.tier);
      await log.close();
      await writeSummary(workspace, record, end);
      // What another attempt leaves is not known yet.
      const digest = relaunch === undefined ? await writeManifest(worker, workspace, record, end) : undefined;
      // The next attempt writes on in the log of this one.
      await Promise.all([upload(worker, workspace, signal), relaunch === undefined ? log.seal() : undefined]);
      this.#manifestSha256 = digest;
    });
  }

  #sayEnd(log: RunLog, { to, failure }: End, nextTier: string | undefined): void {
    log.system(failure === undefined ? `${to}.` : `${to}: ${failure.message}`);
    if (nextTier !== undefined) log.system(`It is tried again, on the ${nextTier} tier.`);
  }

  async #finish(end: End): Promise<WorkerExitCode> {
    const { worker, record } = this.#params;
    const isLast = relaunchAfter(record, end) === undefined;
    await this.#leaveWorkspace({ isLast });
    // The next attempt may begin with the report, in the same place.
    if (!isLast && worker.stop.reason !== 'lost') await cleanUp(worker, record, this.#workspace);
    const reported = this.#early === undefined ? await this.#report(end) : this.#early.status;
    worker.logger.info({ status: reported ?? 'ended by another' }, 'reported');
    if (reported === undefined) return 0;
    if (isLast) await cleanUp(worker, record, this.#workspace);
    if (reported === 'TIMEOUT') return 124;
    return reported === 'FAILED' && this.#rounds?.result === undefined ? 125 : 0;
  }

  async #reportEarly(): Promise<void> {
    const end = this.#end([]);
    this.#params.endWatching();
    await this.#attempt(async () => {
      this.#early = { completedAt: end.completedAt, status: await this.#report(end) };
    });
  }

  /** Undefined: it is not this worker's any more, nor is its workspace. */
  async #report(end: End): Promise<Reported> {
    const { worker, record, stages } = this.#params;
    if (worker.stop.reason === 'lost') {
      await this.#log?.close();
      return undefined;
    }
    // Nothing stops it but its limit: after a write whose answer was lost, the record's own end looks like another's.
    const { signal } = new AbortController();
    // Nobody else knows how it ended.
    return await stages.limited('report', signal, (limited) =>
      untilAvailable({ ...worker, signal: limited }, () => report(worker, record, end)),
    );
  }

  #end(conclusions: readonly (Conclusion | undefined)[]): End {
    const { worker, record, stages } = this.#params;
    const { status, failure } = concludeRun(conclusions, worker.stop.reason);
    const message = failure && this.#redactor.text(failure.message);
    return outcomeOf({
      record,
      conclusion: { status, failure: failure && { ...failure, message: message ?? '' } },
      completedAt: this.#early?.completedAt ?? timestamp(worker.clock),
      result: this.#rounds?.result,
      verification: this.#rounds?.verification,
      changes: this.#changes,
      manifestSha256: this.#manifestSha256,
      timings: stages.timings,
    });
  }

  #agentConclusions(): readonly (Conclusion | undefined)[] {
    const { record } = this.#params;
    const { result, verified } = this.#rounds ?? {};
    return [result && concludeAgent(result, record), verified && concludeVerify(verified, record)];
  }

  async #attempt(step: () => Promise<void>): Promise<Conclusion | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      this.#params.worker.logger.warn({ err: error }, 'phase failed');
      return concludeError(error);
    }
  }
}
