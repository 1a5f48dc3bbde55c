import type { WorkspaceKey, WorkspaceMounts } from '@outpost/platform';
import { removeTree } from '@outpost/platform/files';
import { killAgentProcesses } from '@outpost/platform/process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './compose.js';

/** What one dispatch is given of this worker, so that nothing of it is left for the next. */
export class CleanSlate {
  /** Where the run gets its workspace, with home, temporary directory and git's home in it. */
  readonly mounts: WorkspaceMounts;
  readonly #place: Place;
  readonly #mounted: WorkspaceKey[] = [];

  constructor(place: Place) {
    const { mounts } = place.platform;
    this.#place = place;
    this.mounts = {
      mount: (key) => {
        this.#mounted.push(key);
        return mounts.mount(key);
      },
      erase: (key) => mounts.erase(key),
    };
  }

  /** Whether a run got as far as to its workspace. */
  get isUsed(): boolean {
    return this.#mounted.length > 0;
  }

  /** Ends what still runs, then deletes what is still there. Rejects when anything of the two is left. */
  async wipe(dispatchId: string): Promise<void> {
    const { sandboxes } = this.#place;
    await killAgentProcesses({ dispatchId, user: sandboxes.user });
    await sandboxes.reap(dispatchId);
    for (const key of this.#mounted) await this.#place.platform.mounts.erase(key);
    for (const directory of this.#place.scratchDirs) await empty(directory);
  }
}

/** The directory itself stays: it may be a mount point. */
async function empty(directory: string): Promise<void> {
  const names = await readdir(directory).catch(ignoreMissing);
  for (const name of names) await removeTree(join(directory, name));
}

function ignoreMissing(error: unknown): readonly string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
