import { createServices, readConfig, type Services } from '@outpost/control-plane';
import {
  CreateDispatchSchema,
  isTerminal,
  OutpostError,
  type CreateDispatchInput,
  type DispatchRecord,
} from '@outpost/contracts';
import type { DispatchStore } from '@outpost/platform';
import { createAwsControlPlatform, type AwsClients } from '@outpost/platform/aws';
import { createSettableClock, type SettableClock } from '@outpost/platform/testing';
import {
  createTestClients,
  FaultInjector,
  impatientRetries,
  type AwsAccount,
  type Container,
  type ContainerOptions,
  type Fault,
} from '@outpost/platform/testing/aws';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { startInProcessWorker } from './in-process-worker.js';

const POLL_MS = 5;
const ROUND_MS = 20_000;
const PUBLISH_GRACE_MS = 60_000;
/** More than the longest way to an end: that of a dispatch past all its deadlines. */
const MAX_ROUNDS = 150;
/** A caller repeats what is answered with 503, as the SDK does. */
const CALLER_ATTEMPTS = 3;

/** What all runs of a world share. */
export interface Surroundings {
  readonly account: AwsAccount;
  /** For what lies on the disks of control plane and workers. */
  readonly directory: string;
  /** In place of the claude CLI. */
  readonly agentCommand: string;
  /** Without faults. */
  readonly store: DispatchStore;
}

/** One dispatch of a tenant of its own, in a world where one call goes wrong. */
export class FaultyRun {
  readonly tenantId = `tenant-${randomUUID()}`;
  readonly clock: SettableClock = createSettableClock(Date.now());
  readonly #world: Surroundings;
  readonly #injector: FaultInjector;
  readonly #clients: AwsClients;
  readonly #services: Promise<Services>;
  readonly #workers = new Set<Promise<unknown>>();
  #workersAlive = 0;
  #mostWorkersAlive = 0;

  constructor(world: Surroundings, fault: Fault | undefined) {
    this.#world = world;
    this.#injector = new FaultInjector(fault);
    this.#clients = createTestClients(world.account.endpoints, {
      createHandler: this.#injector.createHandler,
      retryStrategy: impatientRetries(),
    });
    this.#services = this.#createServices();
  }

  /** What was called, in order, and what the fault hit. */
  get calls(): Pick<FaultInjector, 'calls' | 'hit'> {
    return this.#injector;
  }

  get mostWorkersAlive(): number {
    return this.#mostWorkersAlive;
  }

  /** Resolves once the control plane is there: its start is not what is looked at. */
  async ready(): Promise<void> {
    await this.#services;
  }

  /** From here on a call may go wrong. */
  arm(): void {
    this.#injector.arm();
  }

  async create(input: CreateDispatchInput): Promise<DispatchRecord> {
    const { dispatcher } = await this.#services;
    const request = CreateDispatchSchema.parse(input);
    const idempotencyKey = randomUUID();
    const principal = { tenantId: this.tenantId, apiKeyId: 'test', scopes: ['dispatch' as const] };
    const { record } = await this.#asCaller(() => dispatcher.create({ principal, request, idempotencyKey }));
    return record;
  }

  async cancel({ dispatchId }: DispatchRecord): Promise<DispatchRecord> {
    const { dispatcher } = await this.#services;
    return this.#asCaller(() => dispatcher.cancel({ tenantId: this.tenantId, dispatchId }));
  }

  /** Without a fault, and strongly consistent. */
  async read({ dispatchId }: DispatchRecord): Promise<DispatchRecord> {
    const record = await this.#world.store.get({ tenantId: this.tenantId, dispatchId });
    if (record === undefined) throw new Error(`${dispatchId} is lost.`);
    return record;
  }

  /** Until the agent has left `file`, which it does once, or the dispatch has ended without it. */
  async untilAgentRuns(record: DispatchRecord, file: string): Promise<void> {
    while (!existsSync(file) && !isTerminal((await this.read(record)).status)) {
      if (this.#workers.size === 0) await this.#tick();
      else await pause(POLL_MS);
    }
  }

  /** To the end of the dispatch, and of all that is done after it. */
  async toItsEnd(record: DispatchRecord): Promise<DispatchRecord> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await this.#round();
      const current = await this.read(record);
      if (!isTerminal(current.status)) continue;
      // An event that nobody published at once is published later, also when the first attempt meets the fault.
      this.clock.advance(PUBLISH_GRACE_MS);
      await this.#round();
      this.#injector.disarm();
      await this.#round();
      return current;
    }
    throw new Error(`After ${MAX_ROUNDS} rounds: ${JSON.stringify(await this.read(record))}`);
  }

  startWorker(container: ContainerOptions): Container {
    const { directory, agentCommand } = this.#world;
    const { clock } = this;
    const worker = startInProcessWorker({
      container,
      clients: this.#clients,
      clock,
      agentCommand,
      directory,
    });
    this.#workersAlive += 1;
    this.#mostWorkersAlive = Math.max(this.#mostWorkersAlive, this.#workersAlive);
    const ended = worker.ended.finally(() => {
      this.#workersAlive -= 1;
      this.#workers.delete(ended);
    });
    this.#workers.add(ended);
    return worker;
  }

  close(): void {
    this.#clients.destroy();
  }

  async #round(): Promise<void> {
    const { launcher } = await this.#services;
    await launcher.settled();
    await this.#settleWorkers();
    await this.#tick();
  }

  async #tick(): Promise<void> {
    const { reconciler, launcher } = await this.#services;
    this.clock.advance(ROUND_MS);
    await reconciler.tick();
    await launcher.settled();
  }

  async #settleWorkers(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all(this.#workers);
  }

  async #asCaller<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        const mayTryAgain = error instanceof OutpostError && error.code === 'SERVICE_UNAVAILABLE';
        if (!mayTryAgain || attempt === CALLER_ATTEMPTS) throw error;
      }
    }
  }

  async #createServices(): Promise<Services> {
    const { account, directory } = this.#world;
    const config = readConfig({
      ...account.controlPlaneEnv,
      OUTPOST_DATA_DIR: directory,
      OUTPOST_MAX_CONCURRENT_PER_TENANT: '1',
    });
    if (config.mode !== 'aws') throw new Error(`The account is for ${config.mode} mode.`);
    const platform = await createAwsControlPlatform({
      settings: config.aws,
      clock: this.clock,
      git: { path: config.path, home: directory, ambient: {}, remotes: config.repositories },
      maxRepositoryBytes: config.repositoryLimits.maxBytes,
      clients: this.#clients,
    });
    const { signal } = new AbortController();
    return createServices({
      config,
      platform,
      // Metrics are logged whatever the level is.
      logger: pino({ level: 'silent' }, { write: () => undefined }),
      shutdown: signal,
      clock: this.clock,
      // One stands in for another that is gone: nobody waits for its leases.
      instanceId: 'of-faulty-runs',
    });
  }
}
