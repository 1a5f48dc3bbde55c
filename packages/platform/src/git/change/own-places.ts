import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Whether a remote is a path inside this directory. A push to a path runs the hooks of the repository that is there,
 * as this user: where agents can write, they could put one.
 */
export async function isInside(url: string, directory: string | undefined): Promise<boolean> {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (directory === undefined || !path.startsWith('/')) return false;
  const [place, own] = await Promise.all([path, directory].map((each) => realpath(each).catch(() => each)));
  return place === own || place!.startsWith(own! + sep);
}
