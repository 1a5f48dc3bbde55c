import { FAILURES } from '@outpost/contracts';
import { REPOSITORY_ROOT } from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('docs/failures.md lists every failure class as it is', async () => {
  const text = await readFile(join(REPOSITORY_ROOT, 'docs', 'failures.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.map((row) => {
    const [name = '', retryable, when, hint] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    expect(when).toMatch(/\w/);
    return [name.replaceAll('`', ''), { retryable: retryable === 'yes', hint }];
  });
  expect(Object.fromEntries(listed)).toEqual(FAILURES);
});
