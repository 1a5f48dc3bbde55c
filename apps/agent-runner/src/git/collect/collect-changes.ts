import type { Changes } from '@outpost/contracts';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GitJob } from '../job.js';
import { readManifest } from '../manifest.js';
import type { RawPath } from '../raw-path.js';
import { listTree, snapshotGit, type SnapshotGit, type TreeEntry } from '../snapshot-git.js';
import { restoreConfig, type Snapshot } from '../snapshot.js';
import { readAgentGit, type AgentGit } from './agent-git.js';
import { hashStaged } from './blobs.js';
import { ChangeFinder, type CollectLimits } from './change-finder.js';
import { writeChangeTree } from './change-tree.js';
import { IgnoreRules } from './ignore-rules.js';
import { countChanges, writeBundle, writePatch } from './patch.js';
import { Staging, type Scrub } from './staging.js';
import { Warnings } from './warnings.js';
import { walkWorkTree } from './work-tree-walk.js';

const DEFAULT_LIMITS: CollectLimits = {
  maxFileBytes: 50 * 1024 * 1024,
  maxTotalBytes: 500 * 1024 * 1024,
  maxFiles: 50_000,
};

export interface CollectChangesParams extends GitJob {
  readonly snapshot: Snapshot;
  /** The agent's work tree. */
  readonly repoDir: string;
  readonly dispatchId: string;
  /** ISO 8601: the date of the bundle's commit. */
  readonly at: string;
  readonly patchFile: string;
  /** No bundle without one; a checkpoint may do without. */
  readonly bundleFile?: string | undefined;
  readonly limits?: Partial<CollectLimits>;
  /** Patterns as in .gitignore, for what an agent leaves behind for itself. */
  readonly exclude?: readonly string[];
  /** Takes secrets out of whatever goes into the patch and the bundle. */
  readonly scrub?: Scrub;
}

export interface CollectedChanges {
  readonly changes: Changes;
  readonly patchFile: string;
  /** Undefined when nothing changed or none was asked for. */
  readonly bundleFile: string | undefined;
  /** What was left out, for a person. */
  readonly warnings: readonly string[];
}

/**
 * Writes the whole change of the work tree against the snapshot's base. The work tree is the result: what the agent
 * committed and then deleted is deleted. Runs nothing that the agent could have put in the way, and also serves while
 * the agent is still at work. One call at a time for one snapshot.
 */
export async function collectChanges(params: CollectChangesParams): Promise<CollectedChanges> {
  const { snapshotDir } = params.snapshot;
  await restoreConfig(snapshotDir, params.exclude ?? []);
  const scratchDir = await mkdtemp(join(snapshotDir, 'scratch-'));
  try {
    return await collect({ ...params, scratchDir });
  } catch (error) {
    params.signal.throwIfAborted();
    throw error;
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

type Collecting = CollectChangesParams & { readonly scratchDir: string };

async function collect(params: Collecting): Promise<CollectedChanges> {
  const { host, snapshot, scratchDir, patchFile, signal } = params;
  const { snapshotDir, baseCommit } = snapshot;
  const git = snapshotGit({ host, snapshotDir, signal });
  const warnings = new Warnings();
  const tree = await writeTree(params, git, warnings);
  const result = { git, scratchDir, baseCommit, tree };
  const changes = await countChanges(result);
  await writePatch({ ...result, patchFile });
  const bundleFile = changes.filesChanged === 0 ? undefined : params.bundleFile;
  if (bundleFile !== undefined) await writeBundle({ ...params, ...snapshot, ...result, bundleFile });
  return { changes, patchFile, bundleFile, warnings: warnings.list() };
}

async function writeTree(params: Collecting, git: SnapshotGit, warnings: Warnings): Promise<string> {
  const { snapshot, scratchDir, scrub, signal } = params;
  const { snapshotDir, baseCommit } = snapshot;
  // The work tree itself may have been replaced by a link; the directory that it is in is the runner's.
  const root = join(await realpath(dirname(params.repoDir)), basename(params.repoDir));
  const base = await listTree(git, baseCommit);
  const agent = await readAgentGit({ git, root, scratchDir, baseCommit, signal, warnings });
  const readBlob = async (oid: string) => await git(['cat-file', 'blob', oid]);
  const staging = await Staging.create({ scratchDir, scrub, base, readBlob });
  const limits = { ...DEFAULT_LIMITS, ...params.limits };
  const manifest = await readManifest(snapshotDir);
  const visitor = new ChangeFinder({ base, manifest, staging, scrub, limits, warnings });
  await using rules = new IgnoreRules({
    host: params.host,
    snapshotDir,
    shadowDir: join(scratchDir, 'shadow'),
    signal,
  });
  await walkWorkTree({ root, base, tracked: trackedPaths(base, agent), rules, visitor, warnings, signal });
  const oids = await hashStaged({ git, staging, scrub, warnings });
  const kept = new Set([...visitor.kept, ...sparsePaths(base, agent)]);
  return await writeChangeTree({ git, scratchDir, baseCommit, base, kept, staged: staging.files, oids });
}

/**
 * As `git add --all` would see it: what the index knows counts, however it is ignored, and what was taken out of the
 * index (`git rm --cached`) counts only if it is not. Commits made around the index count too.
 */
function trackedPaths(base: ReadonlyMap<RawPath, TreeEntry>, { indexed, committed }: AgentGit): Set<RawPath> {
  if (indexed === undefined) return new Set([...base.keys(), ...committed]);
  return new Set([...indexed, ...[...committed].filter((path) => !base.has(path))]);
}

// Those that are there have been visited, and are staged if they changed.
function sparsePaths(base: ReadonlyMap<RawPath, TreeEntry>, { sparse }: AgentGit): RawPath[] {
  return [...sparse].filter((path) => base.has(path));
}
