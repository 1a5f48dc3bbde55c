import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promotionBranch } from '@outpost/contracts';
import { GitError } from '../git-error.js';
import type { ScratchRepository } from './scratch-repository.js';

const SIGNATURE = '# v2 git bundle\n';
const MAX_HEADER_BYTES = 65_536;
const OID = '[0-9a-f]{40}';

/** What a bundle says of itself. */
export interface BundleHeader {
  /** The commit of the change. */
  readonly tip: string;
  /** Whether the base must be there before; else the bundle brings it along. */
  readonly needsBase: boolean;
}

/** A bundle that no worker wrote. */
export class BadBundleError extends Error {
  override readonly name = 'BadBundleError';
}

/** Stores the pack of a bundle next to the repository, and reads what is before it. */
export async function receiveBundle(params: {
  readonly bundle: Readable;
  readonly directory: string;
  readonly dispatchId: string;
  readonly baseCommit: string;
  readonly maxBytes: number;
}): Promise<{ readonly header: BundleHeader; readonly packFile: string }> {
  const { bundle, directory, dispatchId, baseCommit, maxBytes } = params;
  const packFile = join(directory, 'change.pack');
  const file = await open(packFile, 'wx', 0o600);
  let head: Buffer | undefined = Buffer.alloc(0);
  let header: BundleHeader | undefined;
  let size = 0;
  try {
    for await (const chunk of bundle) {
      const bytes: Buffer = head === undefined ? (chunk as Buffer) : Buffer.concat([head, chunk as Buffer]);
      size += (chunk as Buffer).length;
      if (size > maxBytes) throw new BadBundleError('it is larger than a change may be');
      const end = head === undefined ? -2 : bytes.indexOf('\n\n');
      if (head !== undefined && end < 0) {
        if (bytes.length > MAX_HEADER_BYTES) throw new BadBundleError('its header does not end');
        head = bytes;
        continue;
      }
      if (head !== undefined) header = parseHeader(bytes.subarray(0, end + 1), { dispatchId, baseCommit });
      head = undefined;
      await file.write(bytes.subarray(end + 2));
    }
  } finally {
    bundle.destroy();
    await file.close();
  }
  if (header === undefined) throw new BadBundleError('it has no header');
  return { header, packFile };
}

/** One ref, of this dispatch, and no other base than its own. */
function parseHeader(
  bytes: Buffer,
  { dispatchId, baseCommit }: { readonly dispatchId: string; readonly baseCommit: string },
): BundleHeader {
  const text = bytes.toString('latin1');
  if (!text.startsWith(SIGNATURE)) throw new BadBundleError('it is not a git bundle of version 2');
  const lines = text.slice(SIGNATURE.length, -1).split('\n');
  const bases = lines.filter((line) => line.startsWith('-'));
  const refs = lines.filter((line) => !line.startsWith('-'));
  const [, tip, ref] = new RegExp(`^(${OID}) (.+)$`).exec(refs[0] ?? '') ?? [];
  if (refs.length !== 1 || tip === undefined || ref !== `refs/heads/${promotionBranch(dispatchId)}`)
    throw new BadBundleError('it does not hold just the branch of this dispatch');
  if (bases.length > 1 || bases.some((line) => !new RegExp(`^-${baseCommit}( |$)`).test(line)))
    throw new BadBundleError('it builds on another commit than the dispatch');
  return { tip, needsBase: bases.length === 1 };
}

/**
 * Takes the pack in. Strict: objects that are malformed, that name what is not there, or whose trees hold a path that
 * leads out of the repository or into .git, are refused. Then the tip must be one commit on the base.
 */
export async function unpack(
  { git }: Pick<ScratchRepository, 'git'>,
  packFile: string,
  { tip, baseCommit }: { readonly tip: string; readonly baseCommit: string },
): Promise<void> {
  try {
    await git(['index-pack', '--strict', '--fix-thin', '--stdin'], { input: { file: packFile } });
    const parents = await git(['rev-list', '--parents', '--max-count=1', `${tip}^{commit}`]);
    if (parents.toString().trim() !== `${tip} ${baseCommit}`)
      throw new BadBundleError('its commit does not stand on the base of the dispatch');
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'failed') throw error;
    throw new BadBundleError('git refuses its objects', { cause: error });
  }
}
