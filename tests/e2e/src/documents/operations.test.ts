import { FAILURES, METRICS } from '@outpost/contracts';
import { OutpostClient } from '@outpost/client';
import {
  blocksOf,
  openDocumentSite,
  Outpost,
  parseDocument,
  readDocument,
  REPOSITORY_ROOT,
} from '@outpost/test-support';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tableBelow } from './tables.js';

const OPERATIONS = readDocument('docs/operations.md');
const { text } = OPERATIONS;

it('the runbook has every class of failure: how to see it, what is likely, what to do', () => {
  const runbook = text.split('\n## Failures\n')[1]!.split('\n## ')[0]!;
  const sections = runbook.split('\n### ').slice(1);
  expect(sections.map((each) => each.split('\n')[0])).toEqual(
    Object.keys(FAILURES).map((name) => `\`${name}\``),
  );
  for (const each of sections) expect(each).toMatch(/Seen as:\s.+\sLikely:\s.+\sDo:\s.+\./s);
});

it('the metrics that are to be watched are there', () => {
  const known = Object.values(METRICS).map(({ prometheusName }) => prometheusName);
  const metrics = [...text.matchAll(/`(outpost_\w+)`/g)].map(([, name]) => name);
  expect(known).toEqual(expect.arrayContaining(metrics));
  expect(metrics.length).toBeGreaterThan(3);
});

it('the unit starts what there is, and gives it the time to end', () => {
  const unit = blocksOf(OPERATIONS, 'ini')[0]!.text;
  const settings = new Map(
    unit
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]),
  );
  const [command, ...words] = settings.get('ExecStart')!.split(' ');
  expect(existsSync(command!.replace('/opt/outpost', REPOSITORY_ROOT))).toBe(true);
  expect(words).toEqual(['up']);
  // Workers are in the group of the service.
  expect(settings.get('KillMode')).toBe('process');
  const longestEnd = Number(/ends .+?: (\d+) seconds at most/s.exec(text)![1]);
  expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(longestEnd);
  const main = readFileSync(join(REPOSITORY_ROOT, 'apps/control-plane/src/main.ts'), 'utf8');
  expect(main).toContain(`SHUTDOWN_LIMIT_MS = ${longestEnd}_000;`);
});

it('the table of the data directory has all that is in one; a backup brings back what was there', async () => {
  const site = await openDocumentSite({ agents: 'stand-in' });
  onTestFinished(() => site.close());
  const { apiKey } = site;
  const client = new OutpostClient({ baseUrl: site.url, apiKey });
  const { dispatchId } = await client.dispatches
    .create({ agent: 'claude', task: 'Say what an empty cart costs.' })
    .result();
  await client.artifacts.list(dispatchId);

  const documented = tableBelow(text, 'The data directory').flatMap(([paths]) =>
    paths!.split(', ').map((path) => path.replace('/', '')),
  );
  const dataDir = site.env['OUTPOST_DATA_DIR']!;
  expect(documented).toEqual(expect.arrayContaining(await readdir(dataDir)));

  const [backup, restore] = ['Backup', 'Restore'].map((title) => {
    const part = text.split(`\n### ${title}\n`)[1]!.split(/\n##+ /)[0]!;
    return blocksOf(parseDocument(OPERATIONS.path, part), 'sh')[0]!;
  });
  const where = parseDocument('where it is', '```sh\nprintf "\\n%s" "$RESTORED"\n```').blocks;
  const printed = await site.run([backup!, restore!, ...where]);
  const restored = await Outpost.start({ dataDir: printed.split('\n').at(-1)!, apiKey });
  onTestFinished(async () => void (await restored.stop()));
  expect((await restored.get(dispatchId)).status).toBe('COMPLETED');
  expect(await restored.artifact(dispatchId, 'changes.patch')).toContain('diff --git a/NOTES.md b/NOTES.md');
});
