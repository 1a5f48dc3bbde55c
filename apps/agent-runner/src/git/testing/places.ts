import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { cloneRepository, type Checkout } from '../clone.js';
import { collectChanges, type CollectChangesParams } from '../collect/collect-changes.js';
import type { GitJob } from '../job.js';
import type { StartingPoint } from '../starting-point.js';
import type { RepositoryLimits } from '../repository-limits.js';
import { ANY_REMOTE } from '@outpost/platform/git';

const run = promisify(execFile);

export const TEST_PATH = '/usr/local/bin:/usr/bin:/bin';
export const AT = '2026-11-23T12:00:00.000Z';
export const DISPATCH_ID = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'outpost-git-')));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Plain git, as a person or an agent would use it. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const settings = [
    'user.name=Test',
    'user.email=test@localhost',
    'init.defaultBranch=main',
    'protocol.file.allow=always',
  ];
  const env = { PATH: TEST_PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  const options = { cwd, env, maxBuffer: 100_000_000, encoding: 'buffer' as const };
  const { stdout } = await run('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], options);
  return stdout.toString('latin1').trimEnd();
}

export type Files = Readonly<Record<string, string | Buffer>>;

export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

/** Commits everything; resolves with the commit. */
export async function commitAll(directory: string, message: string): Promise<string> {
  await git(directory, 'add', '--all', '--force');
  await git(directory, 'commit', '--quiet', '--allow-empty', '-m', message);
  return await git(directory, 'rev-parse', 'HEAD');
}

export async function createOrigin(directory: string, files: Files): Promise<string> {
  await mkdir(directory, { recursive: true });
  await git(directory, 'init', '--quiet');
  await writeFiles(directory, files);
  return await commitAll(directory, 'first');
}

/** The places of one run, with an origin next to them. */
export class Workplace {
  readonly root: string;
  readonly origin: string;
  readonly workspace: string;
  readonly repoDir: string;
  readonly snapshotDir: string;
  readonly mirrorsDir: string;
  readonly patchFile: string;
  readonly bundleFile: string;
  readonly job: GitJob;

  constructor(root: string) {
    this.root = root;
    this.origin = join(root, 'origin');
    this.workspace = join(root, 'workspace');
    this.repoDir = join(this.workspace, 'repo');
    this.snapshotDir = join(root, 'private/snapshot.git');
    this.mirrorsDir = join(root, 'mirrors');
    this.patchFile = join(root, 'changes.patch');
    this.bundleFile = join(root, 'repo.bundle');
    this.job = {
      host: { path: TEST_PATH, home: join(root, 'home'), remotes: ANY_REMOTE },
      signal: AbortSignal.timeout(60_000),
    };
  }

  async clone(
    options: {
      url?: string;
      token?: string;
      branch?: string;
      limits?: Partial<RepositoryLimits>;
      job?: Partial<GitJob>;
      start?: StartingPoint;
    } = {},
  ): Promise<Checkout> {
    const { repoDir, snapshotDir, mirrorsDir, job } = this;
    const remote = { url: options.url ?? this.origin, token: options.token };
    return await cloneRepository({
      ...job,
      ...options.job,
      repoDir,
      snapshotDir,
      mirrorsDir,
      remote,
      branch: options.branch,
      limits: { maxBytes: 1024 ** 3, maxFiles: 100_000, ...options.limits },
      at: AT,
      start: options.start,
    });
  }

  async collect(checkout: Checkout, options: Partial<CollectChangesParams> = {}) {
    const { repoDir, patchFile, bundleFile, job } = this;
    const collected = await collectChanges({
      ...job,
      repoDir,
      patchFile,
      bundleFile,
      snapshot: checkout,
      dispatchId: DISPATCH_ID,
      at: AT,
      ...options,
    });
    return { ...collected, patch: await readFile(patchFile, 'latin1') };
  }
}

export async function createWorkplace(files: Files = { 'readme.md': 'hello\n' }): Promise<Workplace> {
  const place = new Workplace(await temporaryDirectory());
  await mkdir(place.workspace);
  await createOrigin(place.origin, files);
  return place;
}

/** A workplace in which an agent may begin. */
export async function startWork(files?: Files): Promise<{ place: Workplace; checkout: Checkout }> {
  const place = await createWorkplace(files);
  return { place, checkout: await place.clone() };
}

/**
 * Applies the patch on a fresh clone of the origin, and takes the bundle into another. Both must give the same tree,
 * which is what is resolved with: `mode type oid\tpath` lines.
 */
export async function applyElsewhere(
  place: Workplace,
  checkout: Checkout,
): Promise<{ directory: string; tree: string }> {
  const directory = join(await temporaryDirectory(), 'elsewhere');
  await git(place.root, 'clone', '--quiet', place.origin, directory);
  await git(directory, 'checkout', '--quiet', checkout.baseCommit);
  await git(directory, 'bundle', 'verify', place.bundleFile);
  const ref = `refs/heads/outpost/${DISPATCH_ID}`;
  await git(directory, 'fetch', '--quiet', place.bundleFile, `${ref}:${ref}`);
  await git(directory, 'apply', '--check', place.patchFile);
  await git(directory, 'apply', '--index', place.patchFile);
  const tree = await git(directory, 'write-tree');
  const bundled = await git(directory, 'rev-parse', `${ref}^{tree}`);
  if (tree !== bundled) throw new Error(`The patch makes tree ${tree}, the bundle ${bundled}`);
  return { directory, tree: await git(directory, 'ls-tree', '-r', tree) };
}

/** Names in what `git ls-tree -r` prints. */
export function namesIn(tree: string): string[] {
  return tree === '' ? [] : tree.split('\n').map((line) => line.slice(line.indexOf('\t') + 1));
}

/** What differs between two directories, byte for byte, but for .git: lines of diff(1), none when nothing does. */
export async function differencesBetween(one: string, other: string): Promise<string> {
  const args = ['--recursive', '--no-dereference', '--brief', '--exclude=.git', one, other];
  return await run('diff', args).then(
    () => '',
    (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)),
  );
}
