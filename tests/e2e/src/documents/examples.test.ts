import { blocksOf, readDocument } from '@outpost/test-support';
import { expect, it } from 'vitest';
import { EXAMPLES } from './examples.js';

it.each(EXAMPLES)('the $language of $document is what it shows', async ({ document, language, checks }) => {
  const blocks = blocksOf(readDocument(document), language);
  expect(blocks.length, 'there is a check for each block').toBe(checks.length);
  for (const [index, { place, text }] of blocks.entries()) {
    const problem = await Promise.resolve(JSON.parse(text))
      .then(checks[index])
      .then(() => undefined, String);
    expect(problem, place).toBeUndefined();
  }
});
