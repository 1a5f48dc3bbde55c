import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PATH, REPOSITORY_ROOT } from './outpost.js';

const DIRECTORY = join(REPOSITORY_ROOT, '.outpost', 'tools', 'bubblewrap');
const BIN = join(DIRECTORY, 'usr', 'bin');

/** The directory of a bwrap: the machine's own, or Debian's package unpacked here. Undefined where neither can be had. */
export function bubblewrapDirectory(): string | undefined {
  const own = PATH.split(delimiter).find((directory) => existsSync(join(directory, 'bwrap')));
  if (own !== undefined) return own;
  if (existsSync(join(BIN, 'bwrap'))) return BIN;
  try {
    mkdirSync(DIRECTORY, { recursive: true });
    const options = { cwd: DIRECTORY, stdio: 'ignore', timeout: 30_000 } as const;
    execFileSync('apt-get', ['download', 'bubblewrap'], options);
    const archive = readdirSync(DIRECTORY).find((name) => name.endsWith('.deb'))!;
    execFileSync('dpkg', ['-x', archive, '.'], options);
    return BIN;
  } catch {
    return undefined;
  }
}
