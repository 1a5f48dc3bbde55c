import type { RunScript } from '@outpost/scripted-model';

/** What the demo asks of every agent, and what the scripted model does about it. */
export interface DemoTask {
  readonly task: string;
  readonly script: RunScript;
}

const DISCOUNT = `/** The total, in cents, with \`percent\` taken off, rounded to a whole cent. */
export function applyDiscount(total, percent) {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(\`percent must be from 0 to 100: \${percent}\`);
  return Math.round(total * (1 - percent / 100));
}
`;

const DISCOUNT_TEST = `import assert from 'node:assert/strict';
import test from 'node:test';
import { applyDiscount } from '../src/discount.js';

test('takes a percentage off', () => {
  assert.equal(applyDiscount(1000, 25), 750);
  assert.equal(applyDiscount(999, 10), 899);
});

test('leaves the total alone at 0, and nothing of it at 100', () => {
  assert.equal(applyDiscount(1000, 0), 1000);
  assert.equal(applyDiscount(1000, 100), 0);
});

test('refuses a percentage that is none', () => {
  for (const percent of [-1, 101, Number.NaN]) {
    assert.throws(() => applyDiscount(1000, percent), RangeError);
  }
});
`;

/** For the shop that the demo makes. */
export const SHOP_TASK: DemoTask = {
  task: `Add discounts to this shop. Create src/discount.js, which exports applyDiscount(total, percent): it takes percent
off a total in cents, rounds to a whole cent, and throws a RangeError unless percent is from 0 to 100. Cover it with tests
in test/discount.test.js, in the style of the tests that are there, tick Discounts in the README, and run the tests.`,
  script: {
    marker: 'Add discounts to this shop.',
    files: [
      { path: 'src/discount.js', content: DISCOUNT },
      { path: 'test/discount.test.js', content: DISCOUNT_TEST },
    ],
    commands: [
      "sed 's/- \\[ \\] Discounts/- [x] Discounts/' README.md > README.new && mv README.new README.md",
      'node --test',
    ],
    finalMessage: 'Added applyDiscount with tests, and ticked Discounts in the README. All tests pass.',
  },
};

/** For any other repository. */
export const ANY_REPOSITORY_TASK: DemoTask = {
  task: `Add a file OUTPOST-DEMO.md at the root of this repository that says, in at most ten lines, what this project does,
how its source is laid out and how its tests are run. Change nothing else.`,
  script: {
    marker: 'Add a file OUTPOST-DEMO.md',
    files: [
      {
        path: 'OUTPOST-DEMO.md',
        content:
          '# This repository\n\nWritten by a scripted model: with a provider key, a real one would describe the project.\n',
      },
    ],
    finalMessage: 'Added OUTPOST-DEMO.md.',
  },
};
