import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Without O_NONBLOCK, opening a named pipe that an agent left there would wait for ever. */
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a regular file, never through a symbolic link. */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const file = await open(path, READ_ONLY);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is not a regular file.`);
}
