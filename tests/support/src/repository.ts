import { execa } from 'execa';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PATH } from './outpost.js';

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'outpost-e2e-'));
}

/** In memory where the machine has room for it: for a store that is written to so often that a disk would take minutes. */
export async function memoryDirectory(): Promise<string> {
  return mkdtemp(join(process.env['OUTPOST_TEST_MEMORY'] ?? tmpdir(), 'outpost-e2e-'));
}

/** Runs git with an environment of its own. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('git', args, {
    cwd,
    extendEnv: false,
    env: {
      PATH,
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.com',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    },
  });
  return stdout;
}

const DEFAULT_FILES: Readonly<Record<string, string>> = {
  'README.md': '# Cart\n\nA small shopping cart.\n',
  'src/cart.js':
    'export function total(items) {\n  return items.reduce((sum, item) => sum + item.price, 0);\n}\n',
};

/** A real repository with one commit on `main`. */
export async function makeRepository(
  files: Readonly<Record<string, string | Buffer>> = DEFAULT_FILES,
): Promise<string> {
  const repo = await temporaryDirectory();
  await git(repo, 'init', '--quiet', '--initial-branch=main');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(repo, path)), { recursive: true });
    await writeFile(join(repo, path), content);
  }
  await git(repo, 'add', '-A');
  await git(repo, 'commit', '--quiet', '-m', 'Start');
  return repo;
}

/** Applies a patch to a fresh clone of `repo` at `commit`; returns the clone. Throws when git refuses the patch. */
export async function applyPatch(repo: string, commit: string, patch: Buffer): Promise<string> {
  const directory = await temporaryDirectory();
  const clone = join(directory, 'clone');
  await git(directory, 'clone', '--quiet', repo, clone);
  await git(clone, 'checkout', '--quiet', commit);
  const file = join(directory, 'changes.patch');
  await writeFile(file, patch);
  await git(clone, 'apply', '--check', file);
  await git(clone, 'apply', file);
  return clone;
}
