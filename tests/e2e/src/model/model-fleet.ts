import {
  CreateDispatchSchema,
  DISPATCH_STATUSES,
  OutpostError,
  type CostEvent,
  type DispatchRecord,
} from '@outpost/contracts';
import { type Clock, type ControlPlatform, type DispatchKey, type EventBus } from '@outpost/platform';
import { createSimulatedMachine, TEST_EPOCH_MS, type SimulatedTask } from '@outpost/platform/testing';
import { setImmediate as turn } from 'node:timers/promises';
import type { Action } from './actions.js';
import { SECRETS, SimulatedControlPlane } from './simulated-control-plane.js';
import { SkewedClock } from './skewed-clock.js';
import { SimulatedWorker } from './simulated-worker.js';
import { Wire } from './wire.js';

const DAY_MS = 86_400_000;
const BEAT_MS = 15_000;
/** From SIGTERM to SIGKILL. */
const STOP_GRACE_MS = 30_000;
const SIGTERMED = 143;
const SIGKILLED = 137;

let lastEpochMs = TEST_EPOCH_MS;

/** Ids never go back in time: those of a fleet must not come from the time of the one before. */
function nextEpochMs(): number {
  lastEpochMs += DAY_MS;
  return lastEpochMs;
}

/** A caller was answered that there is such a dispatch. */
interface Creation extends DispatchKey {
  readonly key: string | undefined;
  readonly task: string;
}

/** An agent that runs: in which task, for which dispatch. */
type AtWork = Pick<SimulatedTask, 'taskArn' | 'dispatchId' | 'isAskedToEnd'>;

/** Two control planes and their workers, on one store, between which calls go astray. */
export class ModelFleet {
  /** What was published, and may have been more than once. */
  readonly published: CostEvent[] = [];
  readonly acknowledged: { readonly created: Creation[]; readonly cancelled: DispatchKey[] } = {
    created: [],
    cancelled: [],
  };
  /** What a caller must never see, or what a worker or a round ended with. */
  readonly errors: unknown[] = [];
  /** By the id of its dispatch, how often an agent was started. */
  readonly agentStarts = new Map<string, number>();
  readonly #machine = createSimulatedMachine();
  readonly #wire = new Wire();
  readonly #events: EventBus = {
    publish: async (event) => {
      this.published.push(event);
    },
  };
  readonly #clock: Clock = { now: () => this.#nowMs };
  /** The store as it is. */
  readonly store = this.#machine.openControl({ clock: this.#clock, secrets: SECRETS });
  readonly #rest: ControlPlatform;
  readonly #workers = new Map<string, SimulatedWorker>();
  /** Since when a task has been asked to end, by its ARN. */
  readonly #askedAt = new Map<string, number>();
  readonly #controlPlanes: SimulatedControlPlane[];
  #nowMs = nextEpochMs();
  #named = 0;

  /** `rest`: what has nothing to do with where a dispatch stands. */
  constructor(rest: ControlPlatform) {
    this.#rest = rest;
    this.#controlPlanes = [this.#start(), this.#start()];
  }

  /** Agents that run. */
  get atWork(): readonly AtWork[] {
    return this.#atWork().map(({ atWorkFor, task }) => ({ ...task, dispatchId: atWorkFor ?? '' }));
  }

  /** How many calls went astray. */
  get astray(): number {
    return this.#wire.astray;
  }

  /** Tasks that have not ended, without warm workers that wait. */
  get tasksAlive(): number {
    return this.#tasksAlive().filter(({ workerId }) => workerId === null).length;
  }

  async act(action: Action): Promise<void> {
    this.#carryOut(action);
    await this.#settle();
  }

  /** Nothing goes astray any more; what was late arrives, and the clocks are set right. */
  async calm(): Promise<void> {
    this.#wire.calm();
    for (const { clock } of [...this.#controlPlanes, ...this.#workers.values()]) clock.skewMs = 0;
    while (this.#wire.deliver(0)) await this.#settle();
  }

  /** A minute in which all that lives does its part: what hangs goes on hanging. */
  async minute(): Promise<void> {
    await this.act({ type: 'pass', ms: 60_000 });
    for (const instance of this.#controlPlanes.keys()) await this.act({ type: 'tick', instance });
    for (const task of this.#notBegun()) this.#begin(task, 0);
    await this.#settle();
    for (const worker of this.#atWork()) worker.finish('completed');
    await this.#settle();
  }

  close(): void {
    for (const each of [...this.#controlPlanes, ...this.#workers.values()]) each.kill();
    this.#machine.close();
  }

  #carryOut(action: Action): void {
    switch (action.type) {
      case 'create':
        return this.#track(this.#create(action), ['SERVICE_UNAVAILABLE', 'CONFLICT']);
      case 'cancel':
        return this.#track(this.#cancel(action), ['SERVICE_UNAVAILABLE', 'CONFLICT']);
      case 'begin': {
        const task = pick(this.#notBegun(), action.which);
        return task && this.#begin(task, action.skewMs);
      }
      case 'finish':
        return pick(this.#atWork(), action.which)?.finish(action.end);
      case 'beat':
        return this.#track(pick(this.#atWork(), action.which)?.beat());
      case 'hang': {
        const worker = pick(this.#atWork(), action.which);
        if (worker !== undefined) worker.isHanging = true;
        return;
      }
      case 'kill worker': {
        const task = pick(this.#tasksAlive(), action.which);
        return task && this.#end(task, SIGKILLED);
      }
      case 'kill control plane':
        return this.#restart(action.instance);
      case 'tick':
        return this.#track(this.#controlPlanes[action.instance]!.tick());
      case 'pass':
        return this.#pass(action.ms);
      case 'skew':
        this.#controlPlanes[action.instance]!.clock.skewMs = action.ms;
        return;
      case 'fault':
        return this.#wire.arm(action);
      case 'deliver':
        this.#wire.deliver(action.which);
        return;
    }
  }

  /** Until nothing moves by itself: all that is there answers without waiting for anything but calls. */
  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await turn();
      if (this.#tellThoseToEnd()) quiet = -1;
    }
  }

  /** Whether there was any. */
  #tellThoseToEnd(): boolean {
    let isAny = false;
    for (const task of this.#machine.tasks) {
      const { taskArn } = task;
      if (!task.isAlive || !task.isAskedToEnd || this.#askedAt.has(taskArn)) continue;
      isAny = true;
      this.#askedAt.set(taskArn, this.#nowMs);
      const running = this.#workers.get(taskArn);
      if (running === undefined) this.#end(task, SIGTERMED);
      else this.#track(running.askToEnd());
    }
    return isAny;
  }

  #track(promise: Promise<unknown> | undefined, expected: readonly OutpostError['code'][] = []): void {
    promise?.catch((error: unknown) => {
      if (!(error instanceof OutpostError) || !expected.includes(error.code)) this.errors.push(error);
    });
  }

  async #create(action: Extract<Action, { type: 'create' }>): Promise<void> {
    const { tenant: tenantId, agent, task, workspace, key, instance } = action;
    const workspaceId = workspace === 'continued' ? await this.#anyWorkspace(tenantId) : undefined;
    const request = CreateDispatchSchema.parse({
      agent,
      task,
      timeoutSeconds: 30,
      ...(workspace === 'new' && { workspaceMode: 'persistent' }),
      ...(workspaceId !== undefined && { workspaceId }),
      ...(key !== undefined && { tags: { key } }),
    });
    const principal = { tenantId, apiKeyId: 'test', scopes: ['dispatch' as const] };
    const { dispatcher } = this.#controlPlanes[instance]!.services;
    const { record } = await dispatcher.create({ principal, request, idempotencyKey: key });
    this.acknowledged.created.push({ tenantId, dispatchId: record.dispatchId, key, task: record.task });
  }

  async #anyWorkspace(tenantId: string): Promise<string | undefined> {
    const { records } = await this.store.dispatches.list({ tenantId, limit: 100 });
    return records.find(({ workspaceMode }) => workspaceMode === 'persistent')?.workspaceId;
  }

  async #cancel({ which, instance }: Extract<Action, { type: 'cancel' }>): Promise<void> {
    const dispatch = pick(await this.all(), which);
    if (dispatch === undefined) return;
    const { tenantId, dispatchId } = dispatch;
    await this.#controlPlanes[instance]!.services.dispatcher.cancel({ tenantId, dispatchId });
    this.acknowledged.cancelled.push({ tenantId, dispatchId });
  }

  /** Every dispatch that the store knows, oldest first. */
  async all(): Promise<readonly DispatchRecord[]> {
    return this.store.dispatches.listByStatus({ statuses: DISPATCH_STATUSES });
  }

  #begin(task: SimulatedTask, skewMs: number): void {
    const clock = new SkewedClock(this.#clock, skewMs);
    const worker = new SimulatedWorker({
      task,
      platform: { ...this.#machine.openWorker(task, { clock }), events: this.#events },
      wire: this.#wire,
      clock,
      onAgentStart: (dispatchId) => {
        this.agentStarts.set(dispatchId, (this.agentStarts.get(dispatchId) ?? 0) + 1);
      },
    });
    this.#workers.set(task.taskArn, worker);
    void worker.begin().then((exitCode) => {
      if (worker.isAlive) this.#end(task, exitCode);
    });
  }

  #end(task: SimulatedTask, exitCode: number): void {
    this.#workers.get(task.taskArn)?.kill();
    this.#workers.delete(task.taskArn);
    this.#machine.end(task, exitCode);
  }

  #pass(ms: number): void {
    this.#nowMs += ms;
    for (const task of this.#machine.tasks) {
      const askedAt = this.#askedAt.get(task.taskArn) ?? Infinity;
      if (task.isAlive && this.#nowMs - askedAt >= STOP_GRACE_MS) this.#end(task, SIGKILLED);
    }
    if (ms >= BEAT_MS) for (const worker of this.#atWork()) this.#track(worker.beat());
  }

  #restart(index: number): void {
    this.#controlPlanes[index]!.kill();
    this.#controlPlanes[index] = this.#start();
  }

  #start(): SimulatedControlPlane {
    const clock = new SkewedClock(this.#clock);
    return new SimulatedControlPlane({
      instanceId: this.#nextName('instance'),
      newWorkerId: () => this.#nextName('worker'),
      control: this.#machine.openControl({ clock, secrets: SECRETS }),
      events: this.#events,
      rest: this.#rest,
      wire: this.#wire,
      clock,
    });
  }

  #nextName(kind: string): string {
    this.#named += 1;
    return `${kind}-${this.#named}`;
  }

  #notBegun(): readonly SimulatedTask[] {
    return this.#tasksAlive().filter(({ taskArn }) => !this.#workers.has(taskArn));
  }

  #tasksAlive(): readonly SimulatedTask[] {
    return this.#machine.tasks.filter(({ isAlive }) => isAlive);
  }

  #atWork(): readonly SimulatedWorker[] {
    return [...this.#workers.values()].filter(({ atWorkFor }) => atWorkFor !== undefined);
  }
}

function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % from.length];
}
