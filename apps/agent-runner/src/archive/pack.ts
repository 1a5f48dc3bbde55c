import { createHash } from 'node:crypto';
import { createReadStream, existsSync, Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { PACKED } from './packed.js';

/**
 * Packs what is kept of a workspace into a new file, and resolves with its SHA-256. Nobody may write to the workspace any
 * more. Links are packed as links; what is neither file, directory nor link is left out.
 */
export async function packWorkspace(params: {
  readonly root: string;
  readonly file: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { root, file, signal } = params;
  await rm(file, { force: true });
  const names = PACKED.filter((name) => existsSync(join(root, name)));
  await create(
    {
      file,
      cwd: root,
      gzip: { level: 1 },
      portable: true,
      follow: false,
      strict: true,
      mode: 0o600,
      // It has no signal of its own: with nothing more to pack it is soon done.
      filter: (_, stat) => !signal.aborted && isKept(stat),
    },
    [...names],
  );
  signal.throwIfAborted();
  return await sha256Of(file, signal);
}

function isKept(stat: object): boolean {
  return !(stat instanceof Stats) || stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
}

export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}
