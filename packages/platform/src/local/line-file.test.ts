import fc from 'fast-check';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { appendText } from './append-file.js';
import { withLineFile } from './line-file.js';

const text = fc.string({ unit: fc.constantFrom('a', 'ä', '\u{1F680}', '\r', '\u2028'), maxLength: 40 });
/** Some lines reach over several of the blocks that the file is read in. */
const line = fc.oneof(
  text,
  text.map((start) => start + 'x'.repeat(70_000)),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), lines: fc.array(line, { minLength: 1, maxLength: 5 }) }),
  fc.record({ kind: fc.constant('crash' as const), half: text.filter((half) => half !== '') }),
);

it('reads from both ends what was written, whatever crashes came between', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-lines-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const path = join(directory, String((run += 1)));
      let written = '';
      for (const each of steps) {
        if (each.kind === 'crash') {
          appendFileSync(path, each.half);
          written += each.half;
        } else {
          const lines = each.lines.map((content) => `${content}\n`).join('');
          appendText({ path, text: lines, isDurable: false });
          written += (written === '' || written.endsWith('\n') ? '' : '\n') + lines;
        }
      }
      const expected = written.split('\n').slice(0, -1);
      const { forward, backward } = withLineFile(path, (file) => ({
        forward: [...(file?.forward(0) ?? [])],
        backward: [...(file?.backward() ?? [])],
      }));
      expect(forward.map((found) => found.text)).toEqual(expected);
      expect(backward).toEqual(forward.toReversed());
      const rest = withLineFile(path, (file) =>
        forward.map(({ end }) => [...(file?.forward(end) ?? [])].length),
      );
      expect(rest).toEqual(forward.map((_, index) => forward.length - index - 1));
    }),
    { numRuns: 60 },
  );
});
