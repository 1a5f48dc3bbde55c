import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { applyElsewhere, commitAll, createWorkplace, writeFiles } from '../testing/places.js';

const run = promisify(execFile);

const path = fc
  .array(fc.constantFrom('a', 'b', 'c', '.gitattributes', 'ü\n"', ' x ', '-y', '\t\\'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join('/'));
const line = fc.constantFrom('one', 'two\r', '* binary', '* text eol=crlf', '\0', '$Id$', 'ÿ', '--- a/x', '');
const content = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'));
const action = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), path, content }),
  fc.record({ kind: fc.constant('remove' as const), path }),
  fc.record({
    kind: fc.constant('link' as const),
    path,
    content: fc.constantFrom('a', '/nonexistent', '..', 'nowhere'),
  }),
  fc.record({ kind: fc.constant('chmod' as const), path }),
  fc.record({ kind: fc.constant('rename' as const), path, to: path }),
  fc.record({ kind: fc.constant('commit' as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

test('whatever an agent does to files, patch and bundle make the same of the base', async () => {
  const base = {
    a: 'one\ntwo\n',
    'b/a': 'x\n'.repeat(20),
    'b/c': 'y\n',
    'c/.gitattributes': '* text\n',
    'c/a': 'z\n',
  };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
      const place = await createWorkplace(base);
      const checkout = await place.clone();
      for (const each of actions) await perform(place.repoDir, each);
      const { changes, patch } = await place.collect(checkout);
      expect(changes.filesChanged === 0).toBe(patch === '');
      if (changes.filesChanged === 0) return;
      const { directory } = await applyElsewhere(place, checkout);
      await expectSameNames(place.repoDir, directory);
    }),
    { numRuns: 25 },
  );
}, 120_000);

/** What cannot be done, as a directory is in the way for one, is not done. */
async function perform(repoDir: string, each: Action): Promise<void> {
  if (each.kind === 'commit') return void (await commitAll(repoDir, 'by the agent').catch(() => undefined));
  const paths = each.kind === 'rename' ? [each.path, each.to] : [each.path];
  for (const name of paths) if (await leadsThroughLink(repoDir, name)) return;
  const place = join(repoDir, each.path);
  const there = await lstat(place).catch(() => undefined);
  try {
    if (each.kind === 'write' && there?.isSymbolicLink() !== true)
      await writeFiles(repoDir, { [each.path]: each.content });
    if (each.kind === 'remove') await rm(place, { recursive: true });
    if (each.kind === 'chmod' && there?.isFile() === true) await chmod(place, 0o755);
    if (each.kind === 'rename')
      await mkdir(dirname(join(repoDir, each.to)), { recursive: true }).then(
        async () => await rename(place, join(repoDir, each.to)),
      );
    if (each.kind === 'link')
      await mkdir(dirname(place), { recursive: true }).then(async () => await symlink(each.content, place));
  } catch {
    await writeFile(join(repoDir, 'could-not'), each.kind);
  }
}

/** The test must not write where a link of its own leads. */
async function leadsThroughLink(repoDir: string, name: string): Promise<boolean> {
  for (let parent = dirname(name); parent !== '.'; parent = dirname(parent)) {
    const stat = await lstat(join(repoDir, parent)).catch(() => undefined);
    if (stat?.isSymbolicLink() === true) return true;
  }
  return false;
}

/** Contents are compared as trees; here it is that nothing was forgotten. Empty directories do not count. */
async function expectSameNames(one: string, other: string): Promise<void> {
  const list = async (directory: string) => {
    const { stdout } = await run(
      'find',
      ['.', '-path', './.git', '-prune', '-o', '(', '-type', 'f', '-o', '-type', 'l', ')', '-print0'],
      { cwd: directory },
    );
    return stdout.split('\0').toSorted();
  };
  expect(await list(other)).toEqual(await list(one));
}
