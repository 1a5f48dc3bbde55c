import {
  CreateDispatchSchema,
  DISPATCH_STATUSES,
  OutpostError,
  type DispatchRecord,
  type OutpostEvent,
} from '@outpost/contracts';
import type { Clock, ControlPlatform, DispatchKey, EventBus } from '@outpost/platform';
import { createSimulatedMachine, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { setImmediate as turn } from 'node:timers/promises';
import type { Action } from './actions.js';
import { pick } from './pick.js';
import { SECRETS, SimulatedControlPlane } from './simulated-control-plane.js';
import { SkewedClock } from './skewed-clock.js';
import { SimulatedWorkers } from './simulated-workers.js';
import { Wire } from './wire.js';

const DAY_MS = 86_400_000;
const BEAT_MS = 15_000;

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

/** Two control planes and their workers, on one store, between which calls go astray. */
export class ModelFleet {
  /** What was published, and may have been more than once. */
  readonly published: OutpostEvent[] = [];
  readonly acknowledged: { readonly created: Creation[]; readonly cancelled: DispatchKey[] } = {
    created: [],
    cancelled: [],
  };
  /** What a caller must never see, or what a worker or a round ended with. */
  readonly errors: unknown[] = [];
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
  readonly workers = new SimulatedWorkers({
    machine: this.#machine,
    wire: this.#wire,
    events: this.#events,
    clock: this.#clock,
  });
  readonly #rest: ControlPlatform;
  readonly #controlPlanes: SimulatedControlPlane[];
  #nowMs = nextEpochMs();
  #named = 0;

  /** `rest`: what has nothing to do with where a dispatch stands. */
  constructor(rest: ControlPlatform) {
    this.#rest = rest;
    this.#controlPlanes = [this.#start(), this.#start()];
  }

  /** How many calls went astray. */
  get astray(): number {
    return this.#wire.astray;
  }

  async act(action: Action): Promise<void> {
    this.#carryOut(action);
    await this.#settle();
  }

  /** Nothing goes astray any more; what was late arrives, and the clocks are set right. */
  async calm(): Promise<void> {
    this.#wire.calm();
    for (const { clock } of this.#controlPlanes) clock.skewMs = 0;
    this.workers.setClocksRight();
    while (this.#wire.deliver(0)) await this.#settle();
  }

  /** A minute in which all that lives does its part: what hangs goes on hanging. */
  async minute(): Promise<void> {
    await this.act({ type: 'pass', ms: 60_000 });
    for (const instance of this.#controlPlanes.keys()) await this.act({ type: 'tick', instance });
    this.workers.beginAll();
    await this.#settle();
    this.workers.finishAll();
    await this.#settle();
  }

  close(): void {
    for (const controlPlane of this.#controlPlanes) controlPlane.kill();
    this.workers.close();
    this.#machine.close();
  }

  #carryOut(action: Action): void {
    switch (action.type) {
      case 'create':
        return this.#track(this.#create(action), ['SERVICE_UNAVAILABLE', 'CONFLICT']);
      case 'cancel':
        return this.#track(this.#cancel(action), ['SERVICE_UNAVAILABLE', 'CONFLICT']);
      case 'begin':
        return this.workers.begin(action.which, action.skewMs);
      case 'finish':
        return this.workers.finish(action.which, action.end);
      case 'beat':
        return this.#track(this.workers.beat(action.which));
      case 'hang':
        return this.workers.hang(action.which);
      case 'kill worker':
        return this.workers.kill(action.which);
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
      if (this.workers.tellThoseToEnd()) quiet = -1;
    }
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

  #pass(ms: number): void {
    this.#nowMs += ms;
    this.workers.killOverdue();
    if (ms >= BEAT_MS) this.#track(this.workers.beatAll());
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
}
