import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalControlPlatform, type LocalControlPlatformOptions } from '../local/index.js';
import type { ControlPlatform } from '../ports/index.js';
import { createSettableClock, type SettableClock } from './settable-clock.js';

/** A data directory that lasts for one test. */
export interface TemporaryLocalPlatform {
  readonly dataDir: string;
  readonly clock: SettableClock;
  /** Opens the data directory, each time as another control plane. */
  open(overrides?: Partial<LocalControlPlatformOptions>): ControlPlatform;
  /** Closes all that was opened, and deletes the data. */
  cleanup(): Promise<void>;
}

/** The local drivers on a temporary data directory. Its workers end at once; tests bring their own. */
export async function createTemporaryLocalPlatform(): Promise<TemporaryLocalPlatform> {
  const root = await mkdtemp(join(tmpdir(), 'outpost-local-'));
  const dataDir = join(root, 'data');
  const clock = createSettableClock();
  const opened: ControlPlatform[] = [];
  return {
    dataDir,
    clock,
    open(overrides = {}) {
      const platform = createLocalControlPlatform({
        dataDir,
        clock,
        environment: {},
        executables: { commands: {}, agentsDir: join(root, 'agents'), path: '/usr/bin:/bin' },
        worker: { command: [process.execPath, '-e', ''], env: {}, stopGraceMs: 100 },
        ...overrides,
      });
      opened.push(platform);
      return platform;
    },
    async cleanup() {
      await Promise.all(opened.map((platform) => platform.close()));
      await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}
