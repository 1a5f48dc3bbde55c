import { createServices, readConfig, type Services } from '@outpost/control-plane';
import type { ControlPlatform, EventBus, SecretStore } from '@outpost/platform';
import type { SimulatedControl } from '@outpost/platform/testing';
import { pino } from 'pino';
import type { SkewedClock } from './skewed-clock.js';
import type { Caller, Wire } from './wire.js';

export const LIMITS = { perAgent: 2, perTenant: 2 } as const;
export const SECRETS: SecretStore = { get: async () => 'dummy-key', has: async () => true };

export interface SimulatedControlPlaneOptions {
  readonly instanceId: string;
  readonly newWorkerId: () => string;
  readonly control: SimulatedControl;
  readonly events: EventBus;
  /** What has nothing to do with where a dispatch stands. */
  readonly rest: ControlPlatform;
  readonly wire: Wire;
  readonly clock: SkewedClock;
}

/** One process of the real services, which a test moves on by hand. */
export class SimulatedControlPlane implements Caller {
  readonly services: Services;
  readonly clock: SkewedClock;
  readonly #control: SimulatedControl;
  #isAlive = true;
  #isInRound = false;

  constructor(options: SimulatedControlPlaneOptions) {
    const { control, events, rest, wire, clock, instanceId, newWorkerId } = options;
    const connect = <Port extends object>(port: Port): Port => wire.connect(this, port);
    this.#control = control;
    this.clock = clock;
    this.services = createServices({
      config: readConfig({
        OUTPOST_DATA_DIR: rest.location,
        OUTPOST_MAX_CONCURRENT_PER_AGENT: String(LIMITS.perAgent),
        OUTPOST_MAX_CONCURRENT_PER_TENANT: String(LIMITS.perTenant),
        OUTPOST_WARM_MIN_CLAUDE: '1',
        OUTPOST_WARM_MAX_CLAUDE: '2',
      }),
      platform: {
        ...rest,
        audit: control.audit,
        dispatches: connect(control.dispatches),
        leases: connect(control.leases),
        outbox: connect(control.outbox),
        pool: connect(control.pool),
        tasks: connect(control.tasks),
        workspaces: connect(control.workspaces),
        events: connect(events),
        secrets: SECRETS,
        inventory: { availability: async () => ({ available: true }) },
        volumes: { list: async () => [], remove: async () => undefined },
      },
      logger: pino({ level: 'silent' }),
      shutdown: new AbortController().signal,
      clock,
      instanceId,
      newWorkerId,
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Rounds do not overlap. */
  async tick(): Promise<void> {
    if (this.#isInRound) return;
    this.#isInRound = true;
    await this.services.reconciler.tick();
    this.#isInRound = false;
  }

  kill(): void {
    this.#isAlive = false;
    this.#control.crash();
  }
}
