import { promotionBranch } from '@outpost/contracts';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { world, type World } from '../testing/change-world.js';
import { git } from '../testing/places.js';

describe('a hostile bundle', () => {
  /** A bundle whose commit has this tree, made without any check. */
  const bundleOf = async ({ clone, baseCommit, dispatchId }: World, tree: Buffer, parent = baseCommit) => {
    const id = async (type: string, content: Buffer) => {
      const file = join(clone, '.git', `object-${type}`);
      await writeFile(file, content);
      return git(clone, 'hash-object', '-t', type, '--literally', '-w', file);
    };
    const treeId = await id('tree', tree);
    const commit = `tree ${treeId}\nparent ${parent}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n`;
    const tip = await id('commit', Buffer.from(commit));
    const ref = `refs/heads/${promotionBranch(dispatchId)}`;
    await writeFile(join(clone, '.git', ref), `${tip}\n`, { flag: 'w' }).catch(async () => {
      await mkdir(join(clone, '.git/refs/heads/outpost'), { recursive: true });
      await writeFile(join(clone, '.git', ref), `${tip}\n`);
    });
    const file = join(clone, '.git/hostile.bundle');
    await git(clone, 'bundle', 'create', '-q', file, ref, `^${baseCommit}`);
    return createReadStream(file);
  };
  const entry = (mode: string, name: string, oid: string) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]);

  test.each([
    ['../evil', '100644', '..'],
    ['.git/config', '40000', '.git'],
    ['.GIT', '40000', '.GIT'],
    ['git~1', '40000', 'git~1'],
    ['a/../../b', '100644', 'a/../../b'],
    ['an absolute path', '100644', '/etc/passwd'],
    ['a linked .gitmodules', '120000', '.gitmodules'],
  ])('with %s is refused', async (_, mode, name) => {
    const place = await world();
    await writeFile(join(place.clone, 'x'), 'evil\n');
    const blob = await git(place.clone, 'hash-object', '-w', 'x');
    const subtree = await git(place.clone, 'write-tree');
    const bundle = await bundleOf(place, entry(mode, name, mode === '40000' ? subtree : blob));
    expect(await place.prepare({ bundle })).toEqual({
      outcome: 'bad_bundle',
      message: 'git refuses its objects',
    });
    expect(await readdir(join(place.home, 'changes'))).toEqual([]);
  });

  test('with objects that are not there is refused', async () => {
    const place = await world();
    const missing = await bundleOf(place, entry('100644', 'x', 'ab'.repeat(20))).catch(() => undefined);
    // git itself may refuse to make it.
    if (missing !== undefined)
      expect(await place.prepare({ bundle: missing })).toMatchObject({ outcome: 'bad_bundle' });
    const whole = await buffer(await place.bundle());
    const cut = Readable.from([whole.subarray(0, whole.length - 10)]);
    expect(await place.prepare({ bundle: cut })).toMatchObject({ outcome: 'bad_bundle' });
    const flipped = Buffer.from(whole);
    flipped[whole.length - 30]! ^= 0xff;
    expect(await place.prepare({ bundle: Readable.from([flipped]) })).toMatchObject({
      outcome: 'bad_bundle',
    });
  });

  test('with other refs, other bases or another format is refused', async () => {
    const place = await world();
    await writeFile(join(place.clone, 'readme.md'), 'one\n');
    const whole = await buffer(await place.bundle());
    const end = whole.indexOf('\n\n');
    const [header, pack] = [whole.subarray(0, end).toString(), whole.subarray(end)];
    const refused = async (changed: string) => {
      const bundle = Readable.from([Buffer.concat([Buffer.from(changed), pack])]);
      return place.prepare({ bundle });
    };
    const own = `refs/heads/${promotionBranch(place.dispatchId)}`;
    const headers = [
      header.replace(own, 'refs/heads/main'),
      `${header}\n${place.baseCommit} refs/heads/main`,
      header.replace(/\n-[0-9a-f]{40}/, `\n-${'a'.repeat(40)}`),
      header.replace(/\n[0-9a-f]{40} /, `\n${place.baseCommit} `),
      header.replace('# v2', '# v3'),
      header.replace(/\n[0-9a-f]{40} refs.*/, ''),
      'not a bundle',
      `# v2 git bundle\n${'-'.repeat(70_000)}`,
    ];
    for (const changed of headers) {
      expect(changed).not.toBe(header);
      expect(await refused(changed), changed.slice(0, 200)).toMatchObject({ outcome: 'bad_bundle' });
    }
    expect(await place.prepare({ bundle: Readable.from([]) })).toMatchObject({ outcome: 'bad_bundle' });
    expect((await refused(header)).outcome).toBe('ready');
  });

  test('runs nothing, and checks nothing out', async () => {
    const place = await world();
    const trap = join(place.clone, 'trap');
    await writeFile(join(place.clone, '.gitattributes'), '* filter=evil merge=evil diff=evil\n');
    await writeFile(
      join(place.clone, '.gitmodules'),
      `[submodule "x"]\n\tpath = x\n\turl = file://${trap}\n`,
    );
    const change = await place.ready();
    const [scratch] = await readdir(join(place.home, 'changes'));
    const names = await readdir(join(place.home, 'changes', scratch!));
    expect(names).not.toContain('.gitattributes');
    expect(names).not.toContain('hooks');
    expect(await readFile(join(place.home, 'changes', scratch!, 'config'), 'utf8')).not.toContain('filter');
    expect((await lstat(join(place.home, 'changes', scratch!))).mode & 0o077).toBe(0);
    await change.close();
    expect(await readdir(join(place.home, 'changes'))).toEqual([]);
  });
});
