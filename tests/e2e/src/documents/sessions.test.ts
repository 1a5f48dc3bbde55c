import {
  openDocumentSite,
  parseDocument,
  PATH,
  readDocument,
  type DocumentSite,
} from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from './blocks.js';
import { SESSIONS } from './sessions.js';

const isThere = (program: string): boolean =>
  PATH.split(':').some((directory) => existsSync(join(directory, program)));
const missing = new Set(SESSIONS.flatMap(({ needs = [] }) => needs).filter((program) => !isThere(program)));
if (missing.size > 0) console.warn(`SKIPPED: documents whose commands need ${[...missing].join(', ')}.`);

describe('the commands of the documents work as they stand', () => {
  let site: DocumentSite;
  beforeAll(async () => {
    site = await openDocumentSite({ agents: 'stand-in' });
  });
  afterAll(() => site.close());

  const able = SESSIONS.filter(({ needs = [] }) => !needs.some((program) => missing.has(program)));
  it.each(able)('$document', async ({ document, before = '', prints }) => {
    const given = parseDocument('what it takes for granted', `\`\`\`sh\n${before}\n\`\`\``);
    const printed = await site.run([...given.blocks, ...commandsOf(readDocument(document))]);
    for (const each of prints) expect(printed).toMatch(each);
  });
});
