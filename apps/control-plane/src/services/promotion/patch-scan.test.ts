import type { AddedContent } from '@outpost/platform';
import { describe, expect, test } from 'vitest';
import { PatchScan } from './patch-scan.js';

const SECRET = 'hunter2-and-a-half';
const GITHUB_TOKEN = `ghp_${'aB3dE5gH7j'.repeat(4).slice(0, 36)}`;

async function* inOrder(...contents: AddedContent[]): AsyncGenerator<AddedContent> {
  yield* contents;
}

const text = (path: string, ...lines: [number, string][]): AddedContent => ({
  kind: 'text',
  path,
  lines: lines.map(([number, line]) => ({ number, text: line })),
});

const findings = async (...contents: AddedContent[]) =>
  new PatchScan([SECRET]).findings(inOrder(...contents));

describe('a scan of what a change adds', () => {
  test('finds nothing in ordinary code', async () => {
    const code = text(
      'src/a.ts',
      [1, 'const token = process.env.TOKEN;'],
      [2, 'export const password = "";'],
    );
    expect(await findings(code)).toEqual([]);
  });

  test.each([
    ['as it is', SECRET],
    ['in base64', Buffer.from(`user:${SECRET}`).toString('base64')],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['URL-encoded throughout', Buffer.from(SECRET).toString('hex').replaceAll(/../g, '%$&')],
    ['as JSON escapes', [...SECRET].map((each) => `\\u00${each.charCodeAt(0).toString(16)}`).join('')],
  ])('finds a known value %s, on its line', async (_, form) => {
    const found = await findings(text('src/ä.ts', [7, 'fine'], [90, `const x = "${form}";`], [91, 'fine']));
    expect(found).toEqual([{ path: 'src/ä.ts', line: 90, rule: 'value' }]);
  });

  test('finds a known value in a binary file and in a name', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 255]), Buffer.from(SECRET), Buffer.from([0])]);
    expect(await findings({ kind: 'binary', path: 'a.bin', bytes })).toEqual([
      { path: 'a.bin', line: undefined, rule: 'value' },
    ]);
    const named = await findings(text(`keys/${SECRET}`, [1, 'x']));
    expect(named).toEqual([{ path: 'keys/[REDACTED]', line: undefined, rule: 'value' }]);
  });

  test.each([
    ['github', `token: ${GITHUB_TOKEN}`],
    ['aws', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYx'],
    ['basicauth', 'https://user:S3cr3tPassw0rd@example.com/'],
  ])('finds by pattern what looks like a secret of %s', async (rule, line) => {
    const found = await findings(text('config.yml', [3, 'a: 1'], [12, line]));
    expect(found).toEqual([{ path: 'config.yml', line: 12, rule: expect.stringContaining(rule) }]);
    expect(JSON.stringify(found)).not.toContain(line.slice(-20));
  });
});
