import { UNCONFINED } from '@outpost/platform/sandbox';
import type { DispatchRecord, DispatchSpec, OutpostEvent } from '@outpost/contracts';
import { systemClock, type Clock, type ControlPlatform, type WorkerPlatform } from '@outpost/platform';
import { createLocalWorkerPlatform } from '@outpost/platform/local';
import { killAgentProcesses } from '@outpost/platform/process';
import { createTemporaryLocalPlatform, creation } from '@outpost/platform/testing';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { StopSignal } from '../stop-signal.js';
import { WORKER_LIMITS, type LimitedStage, type WorkerLimits } from '../worker-limits.js';
import type { Worker } from '../worker.js';
import { ANY_REMOTE } from '@outpost/platform/git';

const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;

/** The last line of a claude CLI that is done. */
export const SAID_DONE = `echo '{"type":"result","subtype":"success","is_error":false,"result":"Done."}'`;
/** Nothing that a test does not ask for happens while it runs. */
const NEVER_MS = 3_600_000;

export interface PrepareOptions {
  readonly spec?: Partial<DispatchSpec>;
  readonly limits?: Partial<Omit<WorkerLimits, 'phaseTimeoutMs'>>;
  readonly phaseTimeoutMs?: Partial<Record<LimitedStage, number>>;
  readonly oomKills?: () => number | undefined;
  /** The worker's. */
  readonly clock?: Clock;
  /** Instead of some of the local platform. */
  readonly replace?: (platform: WorkerPlatform) => Partial<WorkerPlatform>;
  /** A directory of executables that come before all others. */
  readonly binDir?: string;
}

export interface PreparedRun {
  readonly record: DispatchRecord;
  readonly worker: Worker;
}

/** Runs of a worker in this process, with a shell script in place of the claude CLI; all else is real. */
export class RunBench {
  readonly dataDir: string;
  readonly platform: ControlPlatform;
  /** As another worker has it. */
  readonly openReports: () => Pick<WorkerPlatform, 'workspaceReports'>;
  readonly #dispatchIds: string[] = [];
  readonly #workers: Worker[] = [];
  readonly #cleanUp: () => Promise<void>;

  private constructor(params: {
    dataDir: string;
    platform: ControlPlatform;
    openReports: RunBench['openReports'];
    cleanUp: () => Promise<void>;
  }) {
    this.openReports = params.openReports;
    this.dataDir = params.dataDir;
    this.platform = params.platform;
    this.#cleanUp = params.cleanUp;
  }

  static async create(): Promise<RunBench> {
    const local = await createTemporaryLocalPlatform();
    const platform = local.open();
    await mkdir(local.dataDir, { recursive: true });
    return new RunBench({
      dataDir: local.dataDir,
      platform,
      openReports: () => local.openWorker(),
      cleanUp: () => local.cleanup(),
    });
  }

  async prepare(script: string, options: PrepareOptions = {}): Promise<PreparedRun> {
    const params = creation(options.spec);
    if (params.spec.workspaceMode === 'persistent') await this.#keepWorkspace(params.spec);
    const created = await this.platform.dispatches.create(params);
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return { record: created.record, worker: this.workerFor(created.record, script, options) };
  }

  /** As the control plane does before it makes a dispatch to one. */
  async #keepWorkspace({ tenantId, workspaceId, createdAt }: DispatchSpec): Promise<void> {
    const { workspaces } = this.platform;
    const key = { tenantId, workspaceId };
    if ((await workspaces.get(key)) !== undefined) return;
    const expiresAt = '2099-01-01T00:00:00.000Z';
    await workspaces.put({ ...key, createdAt, lastUsedAt: createdAt, expiresAt });
  }

  /** A worker of a task of its own. */
  workerFor(record: DispatchRecord, script: string, options: PrepareOptions = {}): Worker {
    const { tenantId, dispatchId } = record;
    const number = this.#workers.length + 1;
    const claude = join(this.dataDir, `claude-${number}.sh`);
    writeFileSync(claude, `#!/bin/sh\ncat > /dev/null\n${script}\n`, { mode: 0o755 });
    const path = options.binDir === undefined ? PATH : `${options.binDir}:${PATH}`;
    const secrets = { get: async () => undefined, has: async () => false };
    const platform = createLocalWorkerPlatform({
      dataDir: this.dataDir,
      clock: systemClock,
      executables: { commands: { claude }, agentsDir: join(this.dataDir, 'agents'), path },
      work: { tenantId, dispatchId, secrets },
    });
    const worker: Worker = {
      config: {
        path,
        network: {},
        remotes: ANY_REMOTE,
        agentBaseUrls: {},
        repositoryLimits: { maxBytes: 1024 ** 3, maxFiles: 100_000 },
        sandboxes: UNCONFINED,
        admitted: { readable: [], egressHosts: ['*'] },
        mirrorsDir: join(this.dataDir, 'mirrors'),
      },
      platform: { ...platform, ...options.replace?.(platform) },
      key: { tenantId, dispatchId },
      taskArn: `outpost:test:task/${number}`,
      clock: options.clock ?? systemClock,
      logger: pino({ level: 'silent' }),
      stop: new StopSignal(),
      limits: {
        ...WORKER_LIMITS,
        heartbeatIntervalMs: NEVER_MS,
        checkpointIntervalMs: NEVER_MS,
        agentGraceMs: NEVER_MS,
        cancelPollMs: 10,
        cancelGraceMs: 50,
        cancelReportMs: NEVER_MS,
        stoppedCollectMs: 1_000,
        ...options.limits,
        phaseTimeoutMs: { ...WORKER_LIMITS.phaseTimeoutMs, ...options.phaseTimeoutMs },
      },
      oomKills: options.oomKills ?? (() => undefined),
    };
    this.#dispatchIds.push(dispatchId);
    this.#workers.push(worker);
    return worker;
  }

  /** As the control plane does it on a cancellation that was acknowledged: no signal follows. */
  async cancel({ tenantId, dispatchId }: DispatchRecord): Promise<void> {
    const set = { cancelRequestedAt: new Date().toISOString() };
    await this.platform.dispatches.annotate({ tenantId, dispatchId, during: ['RUNNING'], set });
  }

  async recordOf({ tenantId, dispatchId }: DispatchRecord): Promise<DispatchRecord> {
    const record = await this.platform.dispatches.get({ tenantId, dispatchId });
    if (record === undefined) throw new Error(`${dispatchId} is gone.`);
    return record;
  }

  artifactOf({ tenantId, dispatchId }: DispatchRecord, name: string): string | undefined {
    const file = join(this.dataDir, 'artifacts', tenantId, dispatchId, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /** Cost events, of which there is one for each end. */
  published(): readonly unknown[] {
    const file = join(this.dataDir, 'events.jsonl');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    const events = lines.map((line) => JSON.parse(line) as OutpostEvent);
    return events.filter(({ type }) => type === 'dispatch.cost');
  }

  async close(): Promise<void> {
    for (const dispatchId of this.#dispatchIds) await killAgentProcesses({ dispatchId });
    await Promise.all(this.#workers.map(({ platform }) => platform.close()));
    await this.#cleanUp();
  }
}

/** Asks until there is an answer; the test's own time-out is the limit. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(10);
  }
}
