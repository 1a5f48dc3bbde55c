import { GitError } from '@outpost/platform/git';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { childOf, nameOf, parentOf, splitRecords, type RawPath } from '../raw-path.js';
import type { SnapshotGit } from '../snapshot-git.js';
import { ContainedDirectory } from './contained-directory.js';
import type { Warnings } from './warnings.js';

const GIT_DIR = '.git' as RawPath;
const MAX_INDEX_BYTES = 256 * 1024 * 1024;
const MAX_REFS_BYTES = 16 * 1024 * 1024;
const MAX_SYMBOLIC_REFS = 5;
/** Reading somebody else's objects must not use up the time that collecting has. */
const READ_TIMEOUT_MS = 20_000;

/** What the agent told its own git about paths. Only names are taken from there: contents come from the work tree. */
export interface AgentGit {
  /** Paths in its index; undefined when that cannot be read. */
  readonly indexed: ReadonlySet<RawPath> | undefined;
  /** Paths that its index marks as left out of the work tree (sparse checkout): not there, but not deleted. */
  readonly sparse: ReadonlySet<RawPath>;
  /** Paths in the commit that it is on, when that is not the base. */
  readonly committed: ReadonlySet<RawPath>;
}

export interface ReadAgentGitParams {
  readonly git: SnapshotGit;
  readonly root: string;
  readonly scratchDir: string;
  readonly baseCommit: string;
  readonly signal: AbortSignal;
  readonly warnings: Warnings;
}

/** Never runs git in the agent's repository, nor with its configuration. What cannot be read is done without. */
export async function readAgentGit(params: ReadAgentGitParams): Promise<AgentGit> {
  using directory = openOrUndefined(params.root, GIT_DIR);
  if (directory === undefined) {
    params.warnings.add(
      '.git is not the directory that it was: commits and the index of the agent were not read',
    );
    return { indexed: undefined, sparse: new Set(), committed: new Set() };
  }
  return { ...(await readIndex(directory, params)), committed: await readCommitted(directory, params) };
}

async function readIndex(
  directory: ContainedDirectory,
  params: ReadAgentGitParams,
): Promise<Pick<AgentGit, 'indexed' | 'sparse'>> {
  const sparse = new Set<RawPath>();
  const read = await directory.readFile('index' as RawPath, MAX_INDEX_BYTES);
  if ('problem' in read) return { indexed: undefined, sparse };
  const copy = join(params.scratchDir, 'agent-index');
  await writeFile(copy, read.content);
  const output = await attempt(params, 'index', async (signal) =>
    params.git(['ls-files', '-z', '-t'], { env: { GIT_INDEX_FILE: copy }, signal }),
  );
  if (output === undefined) return { indexed: undefined, sparse };
  const indexed = new Set<RawPath>();
  for (const record of splitRecords(output)) {
    const path = record.slice(2) as RawPath;
    indexed.add(path);
    if (record.startsWith('S')) sparse.add(path);
  }
  return { indexed, sparse };
}

async function readCommitted(
  directory: ContainedDirectory,
  params: ReadAgentGitParams,
): Promise<Set<RawPath>> {
  const none = new Set<RawPath>();
  const commit = await resolveHead(directory, params.root);
  if (commit === undefined || commit === params.baseCommit) return none;
  if (!isPlain(params.root, childOf(GIT_DIR, 'objects' as RawPath))) {
    params.warnings.add("The agent's object store holds more than objects: its commits were not read");
    return none;
  }
  // In quotes, so that a colon in the path does not make two of it.
  const alternate = JSON.stringify(join(params.root, '.git/objects'));
  const output = await attempt(params, 'commits', async (signal) =>
    params.git(['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit], {
      env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternate },
      signal,
    }),
  );
  return output === undefined ? none : new Set(splitRecords(output));
}

async function resolveHead(directory: ContainedDirectory, root: string): Promise<string | undefined> {
  let content = await readText(directory, 'HEAD' as RawPath);
  for (let step = 0; step < MAX_SYMBOLIC_REFS && content !== undefined; step += 1) {
    if (/^[0-9a-f]{40}$/.test(content)) return content;
    const ref = /^ref: (refs\/.+)$/.exec(content)?.[1] as RawPath | undefined;
    if (ref === undefined || ref.split('/').includes('..')) return undefined;
    content = (await readLoose(root, ref)) ?? (await readPacked(directory, ref));
  }
  return undefined;
}

async function readLoose(root: string, ref: RawPath): Promise<string | undefined> {
  using directory = openOrUndefined(root, childOf(GIT_DIR, parentOf(ref)));
  return directory === undefined ? undefined : await readText(directory, nameOf(ref));
}

async function readPacked(directory: ContainedDirectory, ref: RawPath): Promise<string | undefined> {
  const packed = await readText(directory, 'packed-refs' as RawPath);
  return packed
    ?.split('\n')
    .find((line) => line.slice(41) === ref)
    ?.slice(0, 40);
}

async function readText(directory: ContainedDirectory, name: RawPath): Promise<string | undefined> {
  const read = await directory.readFile(name, MAX_REFS_BYTES);
  return 'content' in read ? read.content.toString('latin1').trimEnd() : undefined;
}

// Git would wait for a pipe, and go where a link or an alternate leads.
function isPlain(root: string, path: RawPath): boolean {
  using directory = openOrUndefined(root, path);
  if (directory === undefined) return false;
  const { entries, unreadable } = directory.entries();
  if (unreadable) return false;
  return entries.every(({ name, stat }) => {
    if (name === 'alternates' || name === 'http-alternates') return false;
    return stat.isDirectory() ? isPlain(root, childOf(path, name)) : stat.isFile();
  });
}

async function attempt(
  { signal, warnings }: ReadAgentGitParams,
  what: string,
  read: (signal: AbortSignal) => Promise<Buffer>,
): Promise<Buffer | undefined> {
  try {
    return await read(AbortSignal.any([signal, AbortSignal.timeout(READ_TIMEOUT_MS)]));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GitError)) throw error;
    warnings.add(`The agent's own git ${what} could not be read; its work tree was`);
    return undefined;
  }
}

function openOrUndefined(root: string, path: RawPath): ContainedDirectory | undefined {
  const opened = ContainedDirectory.open(root, path);
  return typeof opened === 'string' ? undefined : opened;
}
