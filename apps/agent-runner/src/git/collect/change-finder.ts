import type { RawPath } from '../raw-path.js';
import type { TreeEntry } from '../snapshot-git.js';
import { signatureOf, type Manifest } from '../manifest.js';

import { blobId, hasSecretName, type Scrub, type Staging } from './staging.js';
import type { Warnings } from './warnings.js';
import type { FoundFile, WalkVisitor } from './work-tree-walk.js';

const LINK_MODE = '120000';
const OWNER_EXECUTES = 0o100n;

export interface CollectLimits {
  /** A larger file is left out. */
  readonly maxFileBytes: number;
  /** Of all changed files together; what comes after is left out. */
  readonly maxTotalBytes: number;
  /** Changed files; what comes after is left out. */
  readonly maxFiles: number;
}

interface ChangeFinderParams {
  readonly base: ReadonlyMap<RawPath, TreeEntry>;
  readonly manifest: Manifest;
  readonly staging: Staging;
  readonly scrub: Scrub | undefined;
  readonly limits: CollectLimits;
  readonly warnings: Warnings;
}

/** Tells what changed from what did not, and stages the former. */
export class ChangeFinder implements WalkVisitor {
  /** Paths of the base that stay as they are. */
  readonly kept = new Set<RawPath>();
  readonly #params: ChangeFinderParams;
  #totalBytes = 0;

  constructor(params: ChangeFinderParams) {
    this.#params = params;
  }

  async file(found: FoundFile): Promise<void> {
    const { base, manifest, scrub } = this.#params;
    const { path, stat } = found;
    const entry = base.get(path);
    if (entry === undefined && hasSecretName(path, scrub))
      return this.#params.warnings.add('Files with a secret in their name were left out');
    const signature = manifest.get(path);
    if (entry !== undefined && signature !== undefined && signature === signatureOf(stat))
      this.kept.add(path);
    else if (stat.isSymbolicLink()) await this.#link(found);
    else await this.#regular(found);
  }

  unknown(path: RawPath): void {
    for (const candidate of this.#params.base.keys()) {
      if (path === '' || candidate.startsWith(`${path}/`)) this.kept.add(candidate);
    }
  }

  submodule(path: RawPath): void {
    this.kept.add(path);
  }

  async #link({ directory, name, path }: FoundFile): Promise<void> {
    const target = directory.readLink(name);
    if (target !== undefined) await this.#stage(path, LINK_MODE, target);
  }

  async #regular({ directory, name, path, stat }: FoundFile): Promise<void> {
    const read = await directory.readFile(name, this.#params.limits.maxFileBytes);
    if ('content' in read)
      await this.#stage(path, (stat.mode & OWNER_EXECUTES) === 0n ? '100644' : '100755', read.content);
    else if (read.problem !== 'vanished') this.#leaveOut(path, this.#reasonOf(read.problem));
  }

  async #stage(path: RawPath, mode: string, content: Buffer): Promise<void> {
    const { base, staging, limits } = this.#params;
    const entry = base.get(path);
    if (entry?.mode === mode && entry.oid === blobId(content)) return void this.kept.add(path);
    if (staging.files.length >= limits.maxFiles)
      return this.#leaveOut(path, `Left out, as more than ${limits.maxFiles} files changed`);
    if (this.#totalBytes + content.length > limits.maxTotalBytes) {
      return this.#leaveOut(
        path,
        `Left out, as the change is larger than ${megabytes(limits.maxTotalBytes)}`,
      );
    }
    this.#totalBytes += content.length;
    await staging.add(path, mode, content);
  }

  #leaveOut(path: RawPath, reason: string): void {
    const { base, warnings } = this.#params;
    warnings.addPath(reason, path);
    if (base.has(path)) this.kept.add(path);
  }

  #reasonOf(problem: 'unreadable' | 'too_large'): string {
    if (problem === 'unreadable') return 'Files that cannot be read were left as they were';
    return `Files over ${megabytes(this.#params.limits.maxFileBytes)} were left out`;
  }
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.floor(bytes / (1024 * 1024))} MB`;
}
