import {
  claim,
  concludeStop,
  Heartbeat,
  report,
  StopSignal,
  type End,
  type RecordKeeper,
} from '@outpost/agent-runner';
import {
  failure,
  isCancelRequested,
  OutpostError,
  type FailureClass,
  type RecordIn,
  type TerminalStatus,
} from '@outpost/contracts';
import { timestamp, type DispatchKey, type EventBus } from '@outpost/platform';
import { ending, type SimulatedTask, type SimulatedWorkerPlatform } from '@outpost/platform/testing';
import { pino } from 'pino';
import type { RunEnd } from './actions.js';
import type { SkewedClock } from './skewed-clock.js';
import type { Caller, Wire } from './wire.js';

const LOGGER = pino({ level: 'silent' });
const REPORT_ATTEMPTS = 5;

const ENDS: Readonly<Record<RunEnd, { readonly to: TerminalStatus; readonly why?: FailureClass }>> = {
  completed: { to: 'COMPLETED' },
  failed: { to: 'FAILED', why: 'agent_crashed' },
  'out of memory': { to: 'FAILED', why: 'out_of_memory' },
  'timed out': { to: 'TIMEOUT', why: 'timed_out' },
};

interface Run extends DispatchKey {
  readonly heartbeat: Heartbeat;
  readonly stop: StopSignal;
  readonly keeper: RecordKeeper;
  /** How the agent ends, once a test says so. */
  readonly agent: PromiseWithResolvers<RunEnd>;
}

export interface SimulatedWorkerOptions {
  readonly task: SimulatedTask;
  readonly platform: SimulatedWorkerPlatform & { readonly events: EventBus };
  readonly wire: Wire;
  readonly clock: SkewedClock;
  readonly onAgentStart: (dispatchId: string) => void;
}

/** What a worker writes and when, by its own code for that; without a workspace, and with an agent that a test ends. */
export class SimulatedWorker implements Caller {
  readonly #options: SimulatedWorkerOptions;
  readonly #platform: SimulatedWorkerOptions['platform'];
  readonly #shutdown = new AbortController();
  #run: Run | undefined;
  #isAlive = true;
  /** It does nothing any more, and hears nothing. */
  isHanging = false;

  constructor(options: SimulatedWorkerOptions) {
    const { platform, wire } = options;
    this.#options = options;
    this.#platform = {
      assignments: platform.assignments,
      dispatches: wire.connect(this, platform.dispatches),
      outbox: wire.connect(this, platform.outbox),
      events: wire.connect(this, platform.events),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get task(): SimulatedTask {
    return this.#options.task;
  }

  get clock(): SkewedClock {
    return this.#options.clock;
  }

  /** The dispatch that its agent works for. */
  get atWorkFor(): string | undefined {
    return this.#run?.dispatchId;
  }

  /** Resolves with its exit code, once it ends by itself. */
  async begin(): Promise<number> {
    return this.#live().then(
      () => 0,
      () => 1,
    );
  }

  kill(): void {
    this.#isAlive = false;
  }

  finish(end: RunEnd): void {
    if (!this.isHanging) this.#run?.agent.resolve(end);
  }

  async beat(): Promise<void> {
    if (!this.isHanging) await this.#run?.heartbeat.beat();
  }

  /** As on SIGTERM. */
  async askToEnd(): Promise<void> {
    if (this.isHanging) return;
    this.#shutdown.abort();
    const run = this.#run;
    if (run === undefined) return;
    const { dispatches } = run.keeper.platform;
    const record = await dispatches.get(run).catch(() => undefined);
    run.stop.stop(record !== undefined && isCancelRequested(record) ? 'cancelled' : 'terminated');
  }

  async #live(): Promise<void> {
    const { task } = this.#options;
    const { signal } = this.#shutdown;
    for (;;) {
      const assignment = await this.#platform.assignments.next({ signal });
      if (assignment === undefined) return;
      const { tenantId, dispatchId } = assignment;
      const isReady = await this.#serve({ tenantId, dispatchId });
      if (task.workerId === null || !isReady) return;
    }
  }

  /** Whether another dispatch may follow. */
  async #serve(key: DispatchKey): Promise<boolean> {
    const { task, clock, onAgentStart } = this.#options;
    const { dispatches } = this.#platform;
    const keeper: RecordKeeper = {
      key,
      taskArn: task.taskArn,
      clock,
      logger: LOGGER,
      platform: this.#platform,
    };
    const record = await claim(keeper);
    if (record === undefined) return true;
    onAgentStart(key.dispatchId);
    const stop = new StopSignal();
    const heartbeat = new Heartbeat({ ...keeper, dispatches, stop, intervalMs: 0 });
    const run: Run = { ...key, heartbeat, stop, keeper, agent: Promise.withResolvers() };
    this.#run = run;
    const end = await this.#endOf(run);
    this.#run = undefined;
    heartbeat.end();
    const status = stop.reason === 'lost' ? undefined : await reportPatiently(keeper, record, end);
    return status !== undefined && status !== 'PENDING';
  }

  async #endOf({ agent, stop }: Run): Promise<End> {
    const stopped = new Promise<undefined>((resolve) => {
      stop.signal.addEventListener('abort', () => resolve(undefined));
    });
    const ended = await Promise.race([agent.promise, stopped]);
    const completedAt = timestamp(this.#options.clock);
    if (stop.reason === 'cancelled' || stop.reason === 'terminated') {
      const { status, failure: why } = concludeStop(stop.reason);
      return ending(status, { completedAt, failure: why, errorMessage: why.message });
    }
    const { to, why } = ENDS[ended ?? 'failed'];
    const because = why && failure(why, 'As the test says.');
    return ending(to, { completedAt, ...(because && { failure: because, errorMessage: because.message }) });
  }
}

/** The pauses between its attempts are nothing here. */
async function reportPatiently(
  keeper: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  end: End,
): ReturnType<typeof report> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await report(keeper, record, end);
    } catch (error) {
      const isUnanswered = error instanceof OutpostError && error.code === 'SERVICE_UNAVAILABLE';
      if (!isUnanswered || attempt === REPORT_ATTEMPTS) throw error;
    }
  }
}
