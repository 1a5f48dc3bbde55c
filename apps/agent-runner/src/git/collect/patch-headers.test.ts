import { expect, test } from 'vitest';
import { hasAmbiguousBlank, quoteHeaders } from './patch-headers.js';

const quote = (text: string) => quoteHeaders(Buffer.from(text, 'latin1')).toString('latin1');

test('quotes the names that are ambiguous, and nothing else', () => {
  const patch = [
    'diff --git a/ x /y b/ x /y',
    'new file mode 100644',
    'diff --git a/plain b/plain',
    ' diff --git a/ x b/ x',
    '+diff --git a/ x b/ x',
    'diff --git a/ends  b/ends ',
    'diff --git a/one b/ two',
    'rename from one',
    'diff --git "a/\\t" "b/\\t"',
    '',
  ];
  const expected = [...patch];
  expected[0] = 'diff --git "a/ x /y" "b/ x /y"';
  expected[5] = 'diff --git "a/ends " "b/ends "';
  expect(quote(patch.join('\n'))).toBe(expected.join('\n'));
});

test.each(['', 'diff --git a/x b/x\n', 'diff --git'])('leaves %j as it is', (patch) => {
  expect(quote(patch)).toBe(patch);
});

test.each([
  ['a b', false],
  ['a/b c/d', false],
  [' a', true],
  ['a ', true],
  ['a /b', true],
  ['a/ b', true],
])('%j is ambiguous: %s', (name, ambiguous) => {
  expect(hasAmbiguousBlank(name)).toBe(ambiguous);
});
