import { execa } from 'execa';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packWorkspace, unpackWorkspace } from './index.js';

const AMPLE = { bytes: 1024 ** 3, files: 100_000 };
const { signal } = new AbortController();

let top: string;
let root: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'outpost-archive-'));
  root = join(top, 'workspace');
  mkdirSync(join(root, '.outpost'), { recursive: true });
});
afterEach(() => rmSync(top, { recursive: true }));

const unpack = (file: string, limits = AMPLE, stop = signal) =>
  unpackWorkspace({ root, file, scratch: join(root, '.outpost', 'restore'), limits, signal: stop });

/** An archive as somebody could have written it. */
function archiveOf(entries: readonly (Partial<HeaderData> & { readonly content?: string })[]): string {
  const blocks = entries.flatMap(({ content = '', ...entry }) => {
    const header = new Header({ mode: 0o644, type: 'File', size: content.length, ...entry });
    const block = Buffer.alloc(512);
    header.encode(block);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [block, body];
  });
  const file = join(top, 'hostile.tar.gz');
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)])));
  return file;
}

describe('what is packed', () => {
  it('is there again, as it was', async () => {
    mkdirSync(join(root, 'repo/.git/objects'), { recursive: true });
    mkdirSync(join(root, 'repo/empty'));
    mkdirSync(join(root, 'artifacts'));
    mkdirSync(join(root, '.outpost/snapshot.git'));
    writeFileSync(join(root, 'repo/run.sh'), 'echo', { mode: 0o755 });
    writeFileSync(join(root, 'repo/ünï — 日本.txt'), 'x');
    writeFileSync(join(root, `repo/${'long-'.repeat(45)}`), 'y');
    symlinkSync('run.sh', join(root, 'repo/inside'));
    symlinkSync('../artifacts', join(root, 'repo/beside'));
    linkSync(join(root, 'repo/run.sh'), join(root, 'repo/second'));
    writeFileSync(join(root, '.outpost/snapshot.git/HEAD'), 'ref');
    writeFileSync(join(root, 'task.md'), 'not kept');
    const file = join(root, '.outpost/archive.tar.gz');
    await packWorkspace({ root, file, signal });
    for (const name of ['repo', 'artifacts', 'task.md', '.outpost/snapshot.git'])
      rmSync(join(root, name), { recursive: true });
    mkdirSync(join(root, 'repo'));
    writeFileSync(join(root, 'repo/of-before'), 'z');
    expect(await unpack(file)).toBe(0);
    expect(readdirSync(join(root, 'repo')).toSorted()).toEqual(
      [
        '.git',
        'beside',
        'empty',
        'inside',
        'run.sh',
        'second',
        'ünï — 日本.txt',
        'long-'.repeat(45),
      ].toSorted(),
    );
    expect(lstatSync(join(root, 'repo/run.sh')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(root, 'repo/inside'))).toBe('run.sh');
    expect(readlinkSync(join(root, 'repo/beside'))).toBe('../artifacts');
    expect(lstatSync(join(root, 'repo/second')).ino).toBe(lstatSync(join(root, 'repo/run.sh')).ino);
    expect(readFileSync(join(root, '.outpost/snapshot.git/HEAD'), 'utf8')).toBe('ref');
    expect(existsSync(join(root, 'task.md'))).toBe(false);
    expect(readdirSync(join(root, '.outpost')).toSorted()).toEqual(['archive.tar.gz', 'snapshot.git']);
  });

  it('has neither pipes nor what runs as its owner nor links that lead out', async () => {
    mkdirSync(join(root, 'repo'));
    await execa('mkfifo', [join(root, 'repo/pipe')]);
    writeFileSync(join(root, 'repo/root-shell'), 'x');
    chmodSync(join(root, 'repo/root-shell'), 0o6755);
    symlinkSync('/etc/passwd', join(root, 'repo/out'));
    symlinkSync('../../../etc', join(root, 'repo/further'));
    const file = join(top, 'archive.tar.gz');
    await packWorkspace({ root, file, signal });
    expect(await unpack(file)).toBe(2);
    expect(readdirSync(join(root, 'repo'))).toEqual(['root-shell']);
    expect(lstatSync(join(root, 'repo/root-shell')).mode & 0o7777).toBe(0o755);
  });

  it('is given up when it is told to', async () => {
    mkdirSync(join(root, 'repo'));
    const file = join(top, 'archive.tar.gz');
    const stopped = AbortSignal.abort(new Error('stop'));
    await expect(packWorkspace({ root, file, signal: stopped })).rejects.toThrow('stop');
    await packWorkspace({ root, file, signal });
    await expect(unpack(file, AMPLE, stopped)).rejects.toThrow('stop');
  });
});

describe('an archive that somebody hostile has written', () => {
  const outside = () => readdirSync(top).toSorted();

  it.each<[string, Parameters<typeof archiveOf>[0], string]>([
    ['a path that leads out', [{ path: 'repo/../../../planted', content: 'x' }], 'no part of a workspace'],
    ['an absolute path', [{ path: '/tmp/outpost-planted', content: 'x' }], 'no part of a workspace'],
    ['what is the runner’s', [{ path: '.outpost/generation', content: '9' }], 'no part of a workspace'],
    ['a device', [{ path: 'repo/null', type: 'CharacterDevice' }], 'holds a CharacterDevice'],
    ['a pipe', [{ path: 'repo/pipe', type: 'FIFO' }], 'holds a FIFO'],
    [
      'a hard link that leads out',
      [{ path: 'repo/x', type: 'Link', linkpath: '../../secret' }],
      'holds a link to',
    ],
    ['an absolute hard link', [{ path: 'repo/x', type: 'Link', linkpath: '/etc/passwd' }], 'holds a link to'],
    [
      'a file behind a link',
      [
        { path: 'repo/dir', type: 'SymbolicLink', linkpath: '../artifacts' },
        { path: 'repo/dir/planted', content: 'x' },
      ],
      'in the place of something else',
    ],
    [
      'a link behind a link',
      [
        { path: 'repo/dir', type: 'SymbolicLink', linkpath: '../artifacts' },
        { path: 'repo/dir/second', type: 'SymbolicLink', linkpath: 'x' },
      ],
      'in the place of something else',
    ],
  ])('is not restored: %s', async (_, entries, words) => {
    mkdirSync(join(root, 'repo'));
    writeFileSync(join(root, 'repo/of-before'), 'kept');
    writeFileSync(join(top, 'secret'), 'x');
    const file = archiveOf([{ path: 'repo/good', content: 'x' }, ...entries]);
    const before = outside();
    await expect(unpack(file)).rejects.toThrow(words);
    await expect(unpack(file)).rejects.toMatchObject({ name: 'ArchiveError' });
    // What was there stays, and nothing is anywhere else.
    expect(readdirSync(join(root, 'repo'))).toEqual(['of-before']);
    expect(outside()).toEqual(before);
    expect(existsSync('/tmp/outpost-planted')).toBe(false);
  });

  it.each([
    ['bytes', { bytes: 2_000, files: 100 }],
    ['files', { bytes: 1_000_000, files: 3 }],
  ])('is not restored when it holds too many %s', async (_, limits) => {
    const entries = Array.from({ length: 5 }, (__, index) => ({
      path: `repo/${index}`,
      content: 'x'.repeat(600),
    }));
    await expect(unpack(archiveOf(entries), limits)).rejects.toThrow('more than the workspace may');
    expect(existsSync(join(root, 'repo'))).toBe(false);
  });

  it('is not restored when it breaks off', async () => {
    const file = archiveOf([{ path: 'repo/a', content: 'x'.repeat(100_000) }]);
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    await expect(unpack(file)).rejects.toThrow();
    expect(existsSync(join(root, 'repo'))).toBe(false);
  });
});
