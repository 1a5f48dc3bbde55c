import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BigIntStats } from 'node:fs';
import { childOf, parentOf, ROOT, type RawPath } from '../raw-path.js';
import type { TreeEntry } from '../snapshot-git.js';
import { ContainedDirectory, type DirectoryEntry } from './contained-directory.js';
import { isDotGit, isDotGitmodules } from './dot-git.js';
import type { IgnoreRules } from './ignore-rules.js';
import type { Warnings } from './warnings.js';

const IGNORE_FILE = '.gitignore' as RawPath;
const MAX_IGNORE_BYTES = 1024 * 1024;
/** Copies lie under longer paths than the originals, and a path may have 4096 bytes. */
const MAX_DIRECTORY_BYTES = 2_048;

/** What a walk finds. */
export interface WalkVisitor {
  /** A regular file or a symlink. */
  file(found: FoundFile): Promise<void>;
  /** Nothing can be said about what is below: it counts as unchanged. */
  unknown(path: RawPath): void;
  /** A submodule of the base that is still one, or not checked out. */
  submodule(path: RawPath): void;
}

export interface FoundFile {
  readonly directory: ContainedDirectory;
  readonly name: RawPath;
  readonly path: RawPath;
  readonly stat: BigIntStats;
}

export interface WalkParams {
  readonly root: string;
  readonly base: ReadonlyMap<RawPath, TreeEntry>;
  /** Files that count however they are ignored. */
  readonly tracked: ReadonlySet<RawPath>;
  readonly rules: IgnoreRules;
  readonly visitor: WalkVisitor;
  readonly warnings: Warnings;
  readonly signal: AbortSignal;
}

/** Visits every file of the work tree that is tracked or not ignored. Follows no link; what vanishes meanwhile is not visited. */
export async function walkWorkTree(params: WalkParams): Promise<void> {
  const walk = new Walk(params);
  const pending = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    params.signal.throwIfAborted();
    pending.push(...(await walk.visit(path)).toReversed());
    // Most of it is synchronous: the worker's heartbeat wants its turn too.
    await nextTurn();
  }
}

class Walk {
  readonly #params: WalkParams;
  readonly #trackedDirectories: ReadonlySet<RawPath>;

  constructor(params: WalkParams) {
    this.#params = params;
    this.#trackedDirectories = ancestorsOf(params.tracked);
  }

  /** Resolves with the directories to visit next. */
  async visit(path: RawPath): Promise<RawPath[]> {
    if (path.length > MAX_DIRECTORY_BYTES) return this.#unreadable(path);
    const opened = ContainedDirectory.open(this.#params.root, path);
    if (opened === 'vanished') return [];
    if (opened === 'unreadable') return this.#unreadable(path);
    using directory = opened;
    const { entries, unreadable } = directory.entries();
    if (unreadable) return this.#unreadable(path);
    if (this.#isSubmodule(path, entries)) return [];
    const safe = entries.filter((entry) => this.#isSafe(path, entry));
    const ignored = await this.#ignored(directory, path, safe);
    return await this.#take(
      directory,
      path,
      safe.filter(({ name }) => !ignored.has(childOf(path, name))),
    );
  }

  async #take(
    directory: ContainedDirectory,
    parent: RawPath,
    entries: readonly DirectoryEntry[],
  ): Promise<RawPath[]> {
    const subdirectories: RawPath[] = [];
    for (const { name, stat } of entries) {
      const path = childOf(parent, name);
      if (stat.isDirectory()) subdirectories.push(path);
      else if (stat.isFile() || stat.isSymbolicLink())
        await this.#params.visitor.file({ directory, name, path, stat });
      else this.#params.warnings.addPath('Pipes, sockets and devices were left out', path);
    }
    return subdirectories;
  }

  async #ignored(
    directory: ContainedDirectory,
    parent: RawPath,
    entries: readonly DirectoryEntry[],
  ): Promise<Set<RawPath>> {
    const { tracked, rules } = this.#params;
    const untracked = entries.filter(({ name, stat }) => {
      const path = childOf(parent, name);
      return stat.isDirectory()
        ? !this.#trackedDirectories.has(path) && this.#modeOf(path) !== '160000'
        : !tracked.has(path);
    });
    const subdirectories = untracked.filter(({ stat }) => stat.isDirectory()).map(({ name }) => name);
    await rules.enter(parent, await this.#ignoreFile(directory, parent, entries), subdirectories);
    return await rules.ignored(untracked.map(({ name }) => childOf(parent, name)));
  }

  async #ignoreFile(
    directory: ContainedDirectory,
    parent: RawPath,
    entries: readonly DirectoryEntry[],
  ): Promise<Buffer | undefined> {
    const entry = entries.find(({ name }) => name === IGNORE_FILE);
    if (entry?.stat.isFile() !== true) return undefined;
    const read = await directory.readFile(IGNORE_FILE, MAX_IGNORE_BYTES);
    if ('content' in read) return read.content;
    this.#params.warnings.addPath('Ignore rules could not be read', childOf(parent, IGNORE_FILE));
    return undefined;
  }

  #isSafe(parent: RawPath, { name, stat }: DirectoryEntry): boolean {
    const path = childOf(parent, name);
    if (name === '.git') {
      if (parent !== ROOT)
        this.#params.warnings.addPath('A repository within the repository was taken as plain files', parent);
      return false;
    }
    if (!isDotGit(name) && !(stat.isSymbolicLink() && isDotGitmodules(name))) return true;
    this.#params.warnings.addPath('Names that some systems take for .git or .gitmodules were left out', path);
    return false;
  }

  /** Files in place of a submodule are files; a checkout of it, or none, leaves it as it was. */
  #isSubmodule(path: RawPath, entries: readonly DirectoryEntry[]): boolean {
    if (this.#modeOf(path) !== '160000') return false;
    const checkedOut = entries.some(({ name }) => name === '.git');
    if (entries.length > 0 && !checkedOut) return false;
    if (checkedOut) this.#params.warnings.addPath('Changes inside a submodule were left out', path);
    this.#params.visitor.submodule(path);
    return true;
  }

  #unreadable(path: RawPath): [] {
    this.#params.warnings.addPath(
      'Directories that cannot be read were left as they were',
      path === ROOT ? ('.' as RawPath) : path,
    );
    this.#params.visitor.unknown(path);
    return [];
  }

  #modeOf(path: RawPath): string | undefined {
    return this.#params.base.get(path)?.mode;
  }
}

function ancestorsOf(paths: Iterable<RawPath>): Set<RawPath> {
  const ancestors = new Set<RawPath>();
  for (const path of paths) {
    for (let parent = parentOf(path); parent !== ROOT && !ancestors.has(parent); parent = parentOf(parent))
      ancestors.add(parent);
  }
  return ancestors;
}
