import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { CliError } from '../cli-error.js';
import type { PinnedAgent } from './pinned.js';

/** Written last into an install: what has it is whole. */
const STAMP = '.outpost-install.json';
const LOCK_STALE_MS = 15_000;

export interface InstallParams {
  readonly agentsDir: string;
  readonly pinned: PinnedAgent;
  /** Fills the directory and proves that the CLI works from there. */
  readonly build: (directory: string) => Promise<void>;
}

/** Whether `<agentsDir>/<agent>` holds the pinned release, complete. */
export async function isInstalled(agentsDir: string, pinned: PinnedAgent): Promise<boolean> {
  const stamp = await readStamp(join(agentsDir, pinned.agent));
  return stamp?.fingerprint === pinned.fingerprint;
}

/** The version that an install says it is; undefined when there is none, or only a part of one. */
export async function installedVersion(agentsDir: string, pinned: PinnedAgent): Promise<string | undefined> {
  return (await readStamp(join(agentsDir, pinned.agent)))?.version;
}

/**
 * Puts the pinned release into `<agentsDir>/<agent>`, unless it is there. The install grows in a directory beside it and
 * takes its place by a rename, so an interrupted one never looks installed; a lock keeps parallel runs apart.
 */
export async function ensureInstalled(params: InstallParams): Promise<'installed' | 'present'> {
  const { agentsDir, pinned } = params;
  if (await isInstalled(agentsDir, pinned)) return 'present';
  // It may be the first thing in the data directory, which is nobody else's business.
  await mkdir(agentsDir, { recursive: true, mode: 0o700 });
  const held = await holdLock(agentsDir, pinned);
  try {
    // Whoever held the lock before may have done the work.
    if (await isInstalled(agentsDir, pinned)) return 'present';
    await removeLeftovers(agentsDir, pinned);
    const staging = await mkdtemp(join(agentsDir, `${leftoverPrefix(pinned)}new-`));
    try {
      await params.build(staging);
      await writeStamp(staging, pinned);
      held.assert();
      await replace({ agentsDir, pinned, staging });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    return 'installed';
  } finally {
    await held.release();
  }
}

async function holdLock(agentsDir: string, pinned: PinnedAgent) {
  let lost: Error | undefined;
  const release = await lock(join(agentsDir, pinned.agent), {
    lockfilePath: join(agentsDir, `.${pinned.agent}.lock`),
    realpath: false,
    stale: LOCK_STALE_MS,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1_000 },
    onCompromised: (error) => {
      lost = error;
    },
  });
  return {
    // A machine that slept for longer than the lock lives: another run may be at work by now.
    assert: (): void => {
      if (lost !== undefined)
        throw new CliError(`Another run took over installing ${pinned.agent}. Run it again.`);
    },
    release: async (): Promise<void> => {
      if (lost === undefined) await release();
    },
  };
}

async function replace(params: {
  readonly agentsDir: string;
  readonly pinned: PinnedAgent;
  readonly staging: string;
}): Promise<void> {
  const target = join(params.agentsDir, params.pinned.agent);
  const old = join(params.agentsDir, `${leftoverPrefix(params.pinned)}old-${process.pid}`);
  const hadOne = await renamed(target, old);
  try {
    await rename(params.staging, target);
  } catch (error) {
    if (hadOne) await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function leftoverPrefix(pinned: PinnedAgent): string {
  return `.${pinned.agent}.part-`;
}

async function removeLeftovers(agentsDir: string, pinned: PinnedAgent): Promise<void> {
  const names = await readdir(agentsDir);
  const leftovers = names.filter((name) => name.startsWith(leftoverPrefix(pinned)));
  await Promise.all(leftovers.map((name) => rm(join(agentsDir, name), { recursive: true, force: true })));
}

interface Stamp {
  readonly agent: string;
  readonly version: string;
  readonly fingerprint: string;
}

async function writeStamp(directory: string, { agent, version, fingerprint }: PinnedAgent): Promise<void> {
  const stamp: Stamp = { agent, version, fingerprint };
  await writeFile(join(directory, STAMP), `${JSON.stringify(stamp, null, 2)}\n`, { flush: true });
}

async function readStamp(directory: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, STAMP), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}
