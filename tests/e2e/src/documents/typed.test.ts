import {
  blocksOf,
  makeRepository,
  openDocumentSite,
  readDocument,
  type DocumentSite,
} from '@outpost/test-support';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeConsumer, type Consumer } from '../sdk/consumer.js';
import { TYPED } from './typed.js';

const NODE_TYPES = [
  '--types',
  'node',
  '--typeRoots',
  join(import.meta.dirname, '../../../../node_modules/@types'),
];
const OPTIONS = ['--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', ...NODE_TYPES];

describe('the TypeScript of the documents is typed, and runs as it stands', () => {
  let site: DocumentSite;
  let consumer: Consumer;
  beforeAll(async () => {
    [site, consumer] = await Promise.all([openDocumentSite({ agents: 'stand-in' }), makeConsumer()]);
  });
  afterAll(() => site.close());

  it.each(TYPED)('$document', async ({ document, prints }) => {
    const blocks = blocksOf(readDocument(document), 'ts');
    await consumer.write('examples.mts', blocks.map(({ text }) => text).join('\n'));
    expect(await consumer.check('examples.mts', ...OPTIONS)).toBe('');
    const env = { OUTPOST_URL: site.url, OUTPOST_API_KEY: site.apiKey, REPO: await makeRepository() };
    const printed = await consumer.run('examples.mts', { env });
    for (const each of prints) expect(printed).toMatch(each);
  });
});
