import { createServices, readConfig, type Services } from '@outpost/control-plane';
import type { ControlPlatform, DispatchKey } from '@outpost/platform';
import { createLocalControlPlatform } from '@outpost/platform/local';
import {
  createSettableClock,
  creation,
  ending,
  newDispatchId,
  TEST_EPOCH_MS,
  type SettableClock,
} from '@outpost/platform/testing';
import { memoryDirectory } from '@outpost/test-support';
import { pino } from 'pino';
import { ANY_REMOTE } from '@outpost/platform/git';

export interface Arrival {
  readonly tenantId: string;
  /** Milliseconds after the beginning. */
  readonly atMs: number;
  /** How long it runs. */
  readonly durationMs: number;
}

export interface Start {
  readonly tenantId: string;
  readonly atMs: number;
  readonly waitedMs: number;
}

export interface SimulationOptions {
  readonly limits: { readonly perAgent: number; readonly perTenant: number };
  readonly weights?: Readonly<Record<string, number>>;
}

interface Waiting extends Arrival {
  readonly key: DispatchKey;
}

const DAY_MS = 86_400_000;
let lastEpochMs = TEST_EPOCH_MS;

/** Ids never go back in time: those of a simulation must not come from the time of the one before. */
function nextEpochMs(): number {
  lastEpochMs += DAY_MS;
  return lastEpochMs;
}

/** The real Scheduler on the real store, in a time of its own, with workers that do nothing but take their time. */
export class FleetSimulation {
  readonly #clock: SettableClock = createSettableClock(nextEpochMs());
  readonly #beganAtMs = this.#clock.now();
  readonly #options: SimulationOptions;
  readonly #platform: ControlPlatform;
  readonly #services: Services;
  readonly #waiting = new Map<string, Waiting>();
  readonly #starts: Start[] = [];
  #ends: { readonly atMs: number; readonly key: DispatchKey }[] = [];

  private constructor(options: SimulationOptions, dataDir: string) {
    this.#options = options;
    const { limits, weights = {} } = options;
    const local = createLocalControlPlatform({
      dataDir,
      clock: this.#clock,
      environment: {},
      remotes: ANY_REMOTE,
      maxRepositoryBytes: 1024 ** 3,
      executables: { commands: {}, agentsDir: dataDir, path: '' },
      worker: { command: [], env: {}, stopGraceMs: 0 },
    });
    this.#platform = { ...local, tasks: { ...local.tasks, launch: (params) => this.#launch(params) } };
    this.#services = createServices({
      config: readConfig({
        OUTPOST_DATA_DIR: dataDir,
        OUTPOST_MAX_CONCURRENT_PER_AGENT: String(limits.perAgent),
        OUTPOST_MAX_CONCURRENT_PER_TENANT: String(limits.perTenant),
        OUTPOST_TENANT_WEIGHTS: JSON.stringify(weights),
      }),
      platform: this.#platform,
      logger: pino({ level: 'silent' }),
      shutdown: new AbortController().signal,
      clock: this.#clock,
    });
  }

  static async open(options: SimulationOptions): Promise<FleetSimulation> {
    return new FleetSimulation(options, await memoryDirectory());
  }

  /** Starts in their order, up to `untilMs` after the beginning. Arrivals are in the order of their times. */
  async run(arrivals: readonly Arrival[], untilMs: number): Promise<readonly Start[]> {
    const left = [...arrivals];
    for (;;) {
      const atMs = Math.min(left[0]?.atMs ?? Infinity, this.#ends[0]?.atMs ?? Infinity);
      if (atMs > untilMs) return this.#starts;
      this.#clock.set(this.#beganAtMs + atMs);
      await this.#endAll(atMs);
      const due = left.findIndex((arrival) => arrival.atMs > atMs);
      for (const arrival of left.splice(0, due === -1 ? left.length : due)) await this.#arrive(arrival);
      await this.#services.scheduler.admitWaiting();
      await this.#services.scheduler.settled();
      await this.#services.launcher.settled();
    }
  }

  async close(): Promise<void> {
    await this.#platform.close();
  }

  async #endAll(atMs: number): Promise<void> {
    const due = this.#ends.filter((end) => end.atMs <= atMs);
    this.#ends = this.#ends.filter((end) => end.atMs > atMs);
    for (const { key } of due) await this.#platform.dispatches.move({ ...key, move: ending('FAILED') });
  }

  async #arrive(arrival: Arrival): Promise<void> {
    const { tenantId } = arrival;
    const at = new Date(this.#clock.now()).toISOString();
    const spec = { tenantId, dispatchId: newDispatchId(this.#clock.now()), createdAt: at };
    const { limits } = this.#options;
    const result = await this.#platform.dispatches.create(creation(spec, { limits, at }));
    if (result.outcome !== 'created') throw new Error(result.outcome);
    const key = { tenantId, dispatchId: spec.dispatchId };
    this.#waiting.set(spec.dispatchId, { ...arrival, key });
    if (result.record.status === 'PENDING') this.#begin(spec.dispatchId);
  }

  async #launch({ dispatchId }: DispatchKey): Promise<{ taskArn: string }> {
    this.#begin(dispatchId);
    return { taskArn: `outpost:simulation:task/${dispatchId}` };
  }

  #begin(dispatchId: string): void {
    const { tenantId, key, durationMs, atMs: arrivedAtMs } = this.#waiting.get(dispatchId)!;
    const atMs = this.#clock.now() - this.#beganAtMs;
    this.#waiting.delete(dispatchId);
    this.#starts.push({ tenantId, atMs, waitedMs: atMs - arrivedAtMs });
    this.#ends = [...this.#ends, { atMs: atMs + durationMs, key }].toSorted((a, b) => a.atMs - b.atMs);
  }
}
