import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawPath, splitRecords } from '../raw-path.js';
import { quoteHeaders } from './patch-headers.js';

const name = fc.constantFrom('x', ' x', 'x ', 'a /b', 'a/ b', 'b/x b/x', 'é', '"x"', '', 'a\tb');
const line = fc.oneof(
  name.map((each) => `diff --git a/${each} b/${each}`),
  fc.tuple(name, name).map(([before, after]) => `diff --git a/${before} b/${after}`),
  name.map((each) => `+diff --git a/${each} b/${each}`),
  fc.constantFrom('diff --git ', 'diff --git', 'new file mode 100644', '@@ -1 +1 @@', '', 'GIT binary patch'),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

describe('the headers of a patch', () => {
  it('are all that changes of it, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const before = lines.join('\n').split('\n');
        const after = quoteHeaders(Buffer.from(lines.join('\n'), 'latin1'))
          .toString('latin1')
          .split('\n');
        expect(after.length).toBe(before.length);
        for (const [index, text] of after.entries()) {
          const was = before[index]!;
          if (text === was) continue;
          expect(was).toMatch(/^diff --git a\/.* b\/.*/);
          expect(text.replaceAll('"', '')).toBe(was.replaceAll('"', ''));
          expect(text).toMatch(/^diff --git "a\/.*" "b\/.*"$/);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a list of paths', () => {
  it('is read as it was written, whatever bytes the names are', () => {
    const path = fc
      .uint8Array({ minLength: 1, maxLength: 30 })
      .map((bytes) => rawPath(bytes.map((byte) => byte || 1)));
    fc.assert(
      fc.property(fc.array(path), (paths) => {
        const written = Buffer.from(paths.map((each) => `${each}\0`).join(''), 'latin1');
        expect(splitRecords(written)).toEqual(paths);
      }),
    );
  });
});
