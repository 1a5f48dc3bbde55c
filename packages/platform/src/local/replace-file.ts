import type { ArtifactStore } from '../ports/index.js';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openRegularFile } from '../files/regular-file.js';
import { syncDirectory } from './append-file.js';

type Body = Parameters<ArtifactStore['put']>[0]['body'];

const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A reader sees the old file or the new one, also after a power loss. Returns the size. */
export async function replaceFile(path: string, body: Body, signal?: AbortSignal): Promise<number> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const sizeBytes = await writeNew(temporary, body, signal);
    signal?.throwIfAborted();
    await rename(temporary, path);
    syncDirectory(dirname(path));
    return sizeBytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeNew(path: string, body: Body, signal?: AbortSignal): Promise<number> {
  const target = await open(path, WRITE_NEW, 0o600);
  try {
    await ('text' in body ? target.writeFile(body.text, { signal }) : copyInto(target, body.file, signal));
    await target.sync();
    return (await target.stat()).size;
  } finally {
    await target.close();
  }
}

async function copyInto(target: FileHandle, path: string, signal?: AbortSignal): Promise<void> {
  const source = await openRegularFile(path);
  // The stream closes the file, also when the writing fails.
  await target.writeFile(source.createReadStream(), { signal });
}
