import type { DispatchRecord, DispatchSpec, OutpostEvent } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  createTemporaryLocalPlatform,
  creation,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { createServices } from '../compose.js';
import { readConfig } from '../config.js';
import type { Services } from '../services/index.js';

/** Leaves a line in $STARTS, then lives until it is asked to end, and never takes its dispatch. */
const IDLE_WORKER = [
  process.execPath,
  '-e',
  'require("fs").appendFileSync(process.env.STARTS, "x\\n"); setInterval(() => {}, 1000)',
];

export const FLEET_LIMITS = { perAgent: 5, perTenant: 10 };

/** The services on this machine, with workers that start and never take anything. */
export class LaunchingFleet {
  readonly local: TemporaryLocalPlatform;
  readonly platform: ControlPlatform;
  readonly services: Services;
  /** ARNs of all tasks that were started, in that order. */
  readonly started = new Set<string>();

  private constructor(local: TemporaryLocalPlatform) {
    this.local = local;
    const env = { STARTS: join(local.dataDir, 'starts') };
    this.platform = local.open({ worker: { command: IDLE_WORKER, env, stopGraceMs: 100 } });
    const { launch } = this.platform.tasks;
    vi.spyOn(this.platform.tasks, 'launch').mockImplementation(async (params) => {
      const { taskArn } = await launch(params);
      this.started.add(taskArn);
      return { taskArn };
    });
    this.services = this.openServices();
  }

  static async open(): Promise<LaunchingFleet> {
    return new LaunchingFleet(await createTemporaryLocalPlatform());
  }

  /** Those of one more instance. */
  openServices(): Services {
    return createServices({
      config: readConfig({ OUTPOST_DATA_DIR: this.local.dataDir }),
      platform: this.platform,
      logger: pino({ level: 'silent' }),
      shutdown: new AbortController().signal,
      clock: this.local.clock,
    });
  }

  async create(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
    const result = await this.platform.dispatches.create(creation(spec, { limits: FLEET_LIMITS }));
    if (result.outcome !== 'created') throw new Error(result.outcome);
    return result.record;
  }

  async claimed(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
    const result = await this.platform.dispatches.move({ ...(await this.create(spec)), move: CLAIMED });
    if (result.outcome !== 'moved') throw new Error(result.outcome);
    return result.record;
  }

  async read(record: DispatchRecord): Promise<DispatchRecord> {
    return (await this.platform.dispatches.get(record))!;
  }

  async stopped(taskArn: string): Promise<void> {
    await this.platform.tasks.stop({ taskArn });
    await vi.waitFor(async () => {
      const [task] = await this.platform.tasks.describe({ taskArns: [taskArn] });
      expect(task?.state).toBe('STOPPED');
    });
  }

  /** How many workers have really come up. */
  starts(): number {
    return linesOf(join(this.local.dataDir, 'starts')).length;
  }

  /** Cost events, of which there is one for each end. */
  published(): readonly OutpostEvent[] {
    const lines = linesOf(join(this.local.dataDir, 'events.jsonl'));
    const events = lines.map((line) => JSON.parse(line) as OutpostEvent);
    return events.filter(({ type }) => type === 'dispatch.cost');
  }

  async close(): Promise<void> {
    for (const taskArn of this.started) await this.stopped(taskArn);
    await this.local.cleanup();
  }
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
