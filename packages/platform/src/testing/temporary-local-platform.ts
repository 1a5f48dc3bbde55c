import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANY_REMOTE } from '../git/index.js';
import {
  createLocalControlPlatform,
  createLocalWorkerPlatform,
  type LocalControlPlatformOptions,
} from '../local/index.js';
import type { ControlPlatform, WorkerPlatform } from '../ports/index.js';
import { newDispatchId } from './fixtures.js';
import { createSettableClock, type SettableClock } from './settable-clock.js';

/** A data directory that lasts for one test. */
export interface TemporaryLocalPlatform {
  readonly dataDir: string;
  readonly clock: SettableClock;
  /** Opens the data directory, each time as another control plane. */
  open(overrides?: Partial<LocalControlPlatformOptions>): ControlPlatform;
  /** Opens the data directory as a worker does that was given no secrets. */
  openWorker(): WorkerPlatform;
  /** Closes all that was opened, and deletes the data. */
  cleanup(): Promise<void>;
}

/** The local drivers on a temporary data directory. Its workers end at once; tests bring their own. */
export async function createTemporaryLocalPlatform(): Promise<TemporaryLocalPlatform> {
  const root = await mkdtemp(join(tmpdir(), 'outpost-local-'));
  const dataDir = join(root, 'data');
  const clock = createSettableClock();
  const opened: (ControlPlatform | WorkerPlatform)[] = [];
  const executables = { commands: {}, agentsDir: join(root, 'agents'), path: '/usr/bin:/bin' };
  return {
    dataDir,
    clock,
    open(overrides = {}) {
      const platform = createLocalControlPlatform({
        dataDir,
        clock,
        environment: {},
        remotes: ANY_REMOTE,
        maxRepositoryBytes: 1024 ** 3,
        executables,
        worker: { command: [process.execPath, '-e', ''], env: {}, stopGraceMs: 100 },
        ...overrides,
      });
      opened.push(platform);
      return platform;
    },
    openWorker() {
      const secrets = { get: async () => undefined, has: async () => false };
      const work = { tenantId: 'acme', dispatchId: newDispatchId(), secrets };
      const platform = createLocalWorkerPlatform({ dataDir, clock, executables, work });
      opened.push(platform);
      return platform;
    },
    async cleanup() {
      await Promise.all(opened.map((platform) => platform.close()));
      await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}
