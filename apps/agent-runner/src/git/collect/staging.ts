import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, nameOf, parentOf, placeOf, type RawPath } from '../raw-path.js';
import type { TreeEntry } from '../snapshot-git.js';

/** Called for contents, link targets and names; undefined when there is nothing to replace. */
export type Scrub = (content: Buffer) => Buffer | undefined;

/** A changed file whose bytes are safe in a place of the runner's own. */
export interface StagedFile {
  readonly path: RawPath;
  readonly mode: string;
  /** The object that it is if nothing converts it. */
  readonly rawOid: string;
  /** `attributes`: lies at its own path in the attribute tree. A number: lies under it among the raw ones. */
  readonly place: 'attributes' | number;
}

const ATTRIBUTES_FILE = '.gitattributes';

/**
 * Private copies of what changed. Git hashes these and never the agent's files: they hold still, and the only
 * .gitattributes beside them are the base's, so that line endings and encodings are converted as the repository wants
 * and the agent has no say in it.
 */
export class Staging {
  readonly attributesDir: string;
  readonly rawDir: string;
  readonly files: StagedFile[] = [];
  readonly #scrub: Scrub | undefined;
  #hasAttributes = false;
  #rawCount = 0;

  private constructor(scratchDir: string, scrub: Scrub | undefined) {
    this.attributesDir = join(scratchDir, 'attributes');
    this.rawDir = join(scratchDir, 'raw');
    this.#scrub = scrub;
  }

  static async create(params: {
    readonly scratchDir: string;
    readonly scrub: Scrub | undefined;
    readonly base: ReadonlyMap<RawPath, TreeEntry>;
    readonly readBlob: (oid: string) => Promise<Buffer>;
  }): Promise<Staging> {
    const staging = new Staging(params.scratchDir, params.scrub);
    for (const directory of [staging.attributesDir, staging.rawDir])
      await mkdir(directory, { recursive: true });
    for (const [path, { mode, oid }] of params.base) {
      if (nameOf(path) !== ATTRIBUTES_FILE || !mode.startsWith('100')) continue;
      await staging.#write(path, await params.readBlob(oid));
      staging.#hasAttributes = true;
    }
    return staging;
  }

  async add(path: RawPath, mode: string, content: Buffer): Promise<void> {
    const bytes = this.#scrub?.(content) ?? content;
    const rawOid = blobId(bytes);
    const convertible =
      this.#hasAttributes && mode !== '120000' && nameOf(path).toLowerCase() !== ATTRIBUTES_FILE;
    const written = convertible && (await this.#write(path, bytes));
    const place = written ? 'attributes' : await this.addRaw(bytes);
    this.files.push({ path, mode, rawOid, place });
  }

  /** Puts bytes among those that nothing converts; resolves with their number. */
  async addRaw(bytes: Buffer): Promise<number> {
    this.#rawCount += 1;
    await writeFile(join(this.rawDir, String(this.#rawCount)), bytes);
    return this.#rawCount;
  }

  /** False when something else lies there: the base has a directory with attributes where the agent put a file. */
  async #write(path: RawPath, content: Buffer): Promise<boolean> {
    try {
      await mkdir(placeOf(this.attributesDir, parentOf(path)), { recursive: true });
      await writeFile(placeOf(this.attributesDir, path), content);
      return true;
    } catch (error) {
      if (isInTheWay(error)) return false;
      throw error;
    }
  }
}

/** The name that git gives to these bytes. */
export function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Whether the name itself would have to be scrubbed. */
export function hasSecretName(path: RawPath, scrub: Scrub | undefined): boolean {
  return scrub?.(bytesOf(path)) !== undefined;
}

function isInTheWay(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['EISDIR', 'ENOTDIR', 'EEXIST'].includes(String(error.code))
  );
}
