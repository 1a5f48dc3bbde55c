import { LIMITS, RunManifestSchema, type RecordIn } from '@outpost/contracts';
import type { SecretStore } from '@outpost/platform';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { RunBench, SAID_DONE, type PrepareOptions } from './testing/run-bench.js';

const SECRET = 'the-secret-of-the-tenant-4567';

let bench: RunBench;
beforeEach(async () => {
  bench = await RunBench.create();
});
afterEach(() => bench.close());

async function run(script: string, options: PrepareOptions = {}) {
  const { record, worker } = await bench.prepare(
    `cd "$OUTPOST_ARTIFACTS_DIR"; ${script}; ${SAID_DONE}`,
    options,
  );
  await runDispatch(worker);
  return (await bench.recordOf(record)) as RecordIn<'COMPLETED'>;
}

const stored = ({ tenantId, dispatchId }: RecordIn<'COMPLETED'>): string[] =>
  readdirSync(join(bench.dataDir, 'artifacts', tenantId, dispatchId))
    .filter((name) => name.startsWith('artifacts'))
    .map((name) => name.replaceAll('%2F', '/'));

it('what the agent puts in artifacts/ is kept, and its manifest has the digest of everything', async () => {
  const ended = await run(
    `mkdir -p shots/one; printf page > 'report (1).html'; printf shot > shots/one/a.png`,
  );
  expect(ended).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 0 } });
  expect(stored(ended)).toEqual(['artifacts/report (1).html', 'artifacts/shots/one/a.png']);
  const text = bench.artifactOf(ended, 'manifest.json')!;
  expect(createHash('sha256').update(text).digest('hex')).toBe(ended.manifestSha256);
  const manifest = RunManifestSchema.parse(JSON.parse(text));
  expect(manifest).toMatchObject({
    dispatchId: ended.dispatchId,
    status: 'COMPLETED',
    baseCommit: ended.changes!.baseCommit,
  });
  expect(manifest).not.toHaveProperty('cli');
  expect(manifest.artifacts.map(({ name }) => name)).toEqual([
    'task.md',
    'context.json',
    'output.log',
    'changes.patch',
    'summary.json',
    'artifacts/report (1).html',
    'artifacts/shots/one/a.png',
  ]);
  for (const { name, sizeBytes, sha256 } of manifest.artifacts) {
    const content = bench.artifactOf(ended, name.replaceAll('/', '%2F'))!;
    expect({ sizeBytes, sha256 }).toEqual({
      sizeBytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    });
  }
});

it('what is no plain file, or has a name that cannot be one, is left out, and that is said', async () => {
  const outside = join(bench.dataDir, 'outside');
  writeFileSync(outside, 'not for anybody');
  const ended = await run(
    `ln -s ${outside} link; ln -s ${bench.dataDir} dir; mkfifo pipe; printf x > 'Käse.txt'; printf x > 'a%2Fb'
     printf x > ${'n'.repeat(180)}; mkdir -p 1/2/3/4/5/6/7/8/9; printf x > 1/2/3/4/5/6/7/8/9/deep; printf ok > fine.txt`,
  );
  expect(stored(ended)).toEqual(['artifacts/fine.txt']);
  const log = bench.artifactOf(ended, 'output.log')!;
  for (const name of ['link', 'dir', 'pipe', 'Käse.txt', 'a%2Fb', 'nnn', '1/2/3/4/5/6/7/8/9/deep'])
    expect(log).toContain(`Left out of the artifacts: artifacts/${name}`);
  expect(log).not.toContain('not for anybody');
});

it('artifacts/ itself may be no link to elsewhere', async () => {
  const ended = await run(`cd ..; rmdir artifacts; ln -s ${bench.dataDir} artifacts`);
  expect(ended.status).toBe('COMPLETED');
  expect(stored(ended)).toEqual([]);
});

it('secrets are taken out of files, and a file that is named like one is left out', async () => {
  const secrets: SecretStore = {
    get: async ({ reference }) => (reference.kind === 'tenant' ? SECRET : undefined),
    has: async () => true,
  };
  const ended = await run(`printf "a $DEPLOY_KEY b" > key.txt; printf x > "$DEPLOY_KEY"`, {
    spec: { secrets: ['DEPLOY_KEY'] },
    replace: () => ({ secrets }),
  });
  expect(stored(ended)).toEqual(['artifacts/key.txt']);
  expect(bench.artifactOf(ended, 'artifacts%2Fkey.txt')).toBe('a [REDACTED] b');
  expect(bench.artifactOf(ended, 'output.log')).not.toContain(SECRET);
});

it('more than may be is left out', async () => {
  const many = LIMITS.agentFilesMax + 3;
  const ended = await run(
    `truncate -s ${LIMITS.agentFileMaxBytes + 1} 0-large; i=0; while [ $i -lt ${many} ]; do i=$((i+1)); : > f$i; done`,
  );
  expect(stored(ended)).toHaveLength(LIMITS.agentFilesMax);
  const log = bench.artifactOf(ended, 'output.log')!;
  expect(log).toContain('artifacts/0-large, as it is too large');
  expect(log.match(/there are more than 500 files/g)).toHaveLength(3);
});
