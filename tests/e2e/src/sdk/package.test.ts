import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { REPOSITORY_ROOT } from '@outpost/test-support';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLIENT, makeConsumer, type Consumer } from './consumer.js';

/** What a page pays for the client, packed as servers pack it. More is a decision, not an accident. */
const MAX_GZIP_BYTES = 16 * 1024;

/** What a user of the types may write, and what not. */
const TYPED = `
const outpost = new OutpostClient({ baseUrl: 'http://127.0.0.1:3000', apiKey: 'otp_' });
export async function main(): Promise<string> {
  const dispatch: Dispatch = await outpost.dispatches.create({ agent: 'codex', task: 'Add a test.', repo: undefined }).result();
  for await (const run of outpost.dispatches.list({ agent: 'grok' })) if (run.status === 'QUEUED') return run.dispatchId;
  for await (const line of outpost.dispatches.followLogs(dispatch.dispatchId)) line.cursor satisfies string;
  // @ts-expect-error There is no such agent.
  await outpost.dispatches.create({ agent: 'emacs', task: 'Add a test.' });
  // @ts-expect-error A task is needed.
  await outpost.dispatches.create({ agent: 'codex' });
  // @ts-expect-error There is no such state.
  return dispatch.status === 'DONE' ? '' : dispatch.dispatchId;
}
`;
const IMPORT = "import { OutpostClient, type Dispatch } from '@outpost/client';";
const REQUIRE =
  "import client = require('@outpost/client');\nimport OutpostClient = client.OutpostClient;\ntype Dispatch = client.Dispatch;";
const DOM = ['--lib', 'es2022,dom', '--types', ''];
const NODE_TYPES = join(REPOSITORY_ROOT, 'node_modules', '@types');

describe('the package of the client', () => {
  let consumer: Consumer;
  let manifest: Readonly<Record<string, object>>;

  beforeAll(async () => {
    consumer = await makeConsumer();
    const file = join(consumer.directory, 'node_modules', '@outpost', 'client', 'package.json');
    manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, object>;
  });

  it('needs no other package, and holds what it names and no more', async () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(manifest).not.toHaveProperty('private');
    expect(await readdir(join(consumer.directory, 'node_modules'))).toEqual([
      '.package-lock.json',
      '@outpost',
    ]);
    const installed = join(consumer.directory, 'node_modules', '@outpost', 'client');
    expect((await readdir(installed)).toSorted()).toEqual(['README.md', 'dist', 'package.json']);
    expect((await readdir(join(installed, 'dist'))).toSorted()).toEqual([
      'index.cjs',
      'index.cjs.map',
      'index.d.cts',
      'index.d.ts',
      'index.js',
      'index.js.map',
    ]);
  });

  it('has nothing of Node alone, of Zod, or of another package of this repository', async () => {
    for (const name of ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts']) {
      const text = await readFile(join(CLIENT, 'dist', name), 'utf8');
      expect(text.match(/from ['"][^'"]+['"]|require\([^)]*\)|import\([^)]*\)/g), name).toBeNull();
      expect(text.match(/\bprocess\.|\bBuffer\b|\bNodeJS\b|\bzod\b|@outpost\/contracts/g), name).toBeNull();
    }
  });

  it('is small', async () => {
    const { length } = gzipSync(await readFile(join(CLIENT, 'dist', 'index.js')));
    console.info(`the client has ${length} bytes, packed`);
    expect(length).toBeLessThan(MAX_GZIP_BYTES);
  });

  it('is as publint wants it', async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(consumer.directory, 'node_modules', '@outpost', 'client'),
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has the right types for every way to import it', { timeout: 120_000 }, async () => {
    const tarball = createPackageFromTarballData(new Uint8Array(await readFile(consumer.tarball)));
    const result = await checkPackage(tarball);
    expect(result.types).toMatchObject({ kind: 'included' });
    expect('problems' in result ? result.problems : undefined).toEqual([]);
  });

  it.each([
    ['an ES module', 'consumer.mts', IMPORT, ['--module', 'nodenext', ...DOM]],
    ['CommonJS', 'consumer.cts', REQUIRE, ['--module', 'nodenext', ...DOM]],
    ['a bundler', 'bundled.ts', IMPORT, ['--module', 'esnext', '--moduleResolution', 'bundler', ...DOM]],
    [
      'Node without the types of a browser',
      'node.mts',
      IMPORT,
      [
        '--module',
        'nodenext',
        '--lib',
        'es2022',
        '--types',
        'node',
        '--typeRoots',
        NODE_TYPES,
        '--skipLibCheck',
      ],
    ],
  ])('is type-checked from %s', async (_, name, load, options) => {
    await consumer.write(name, `${load}\n${TYPED}`);
    expect(await consumer.check(name, ...options)).toBe('');
  });

  it('says by a change of its report that its API changes: -u takes it over', async () => {
    const declarations = await readFile(join(CLIENT, 'dist', 'index.d.ts'), 'utf8');
    await expect(declarations).toMatchFileSnapshot(join(CLIENT, 'api', 'client.d.ts'));
  });
});
