import { defineConfig } from 'vitest/config';
import { LongFirst } from './vitest.sequencer.ts';

const endToEnd = (...names: readonly string[]): string[] =>
  names.map((name) => `tests/e2e/src/${name}.test.ts`);

/** What takes minutes on both sites: `npm test` has it on this machine, `npm run soak` on AWS. */
const LONG = endToEnd(
  'follow-ups',
  'lifecycle',
  'promote',
  'retry',
  'tenants',
  'verify',
  'warm-workers',
  'workspaces',
);

/** The CLIs are the same wherever they run: on this machine here, and as tasks of AWS by `images-on-ecs`. */
const OF_CLIS = endToEnd('real-agents');

/** What takes minutes wherever it runs: `npm run soak` alone. */
const LONGER = endToEnd('aws-instances', 'hostile-disk', 'images', 'images-on-ecs');

/** Starts real servers and real agent CLIs. */
const END_TO_END = { testTimeout: 60_000, hookTimeout: 60_000 };
const WORKER = 'apps/agent-runner/src/**/*.test.ts';
const NOT_OURS = ['**/node_modules/**', '**/dist/**'];

/** Tests of one package run against the built `dist` of the others: `npm test` builds first. */
export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    // Modules are loaded once for all files of a process: to load them takes longer than most tests. What a test puts
    // in their place, goes with the test.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    // What is built is loaded as it will be by its users.
    server: { deps: { external: [/\/dist\//] } },
    globalSetup: ['./vitest.global-setup.ts'],
    setupFiles: ['./vitest.setup.ts'],
    sequence: { sequencer: LongFirst },
    // Much of what the tests do is waiting for others.
    maxWorkers: 3,
    coverage: {
      provider: 'v8',
      reporter: ['text'],
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      // The decisions that must never be wrong are pure, so there is no excuse for an untested line.
      thresholds: { 'apps/control-plane/src/domain/**': { 100: true } },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/**/src/**/*.test.ts', 'apps/**/src/**/*.test.ts', 'bootstrap/**/*.test.mjs'],
          exclude: [...NOT_OURS, WORKER],
          testTimeout: 15_000,
        },
      },
      {
        // A worker is a process, and some of its modules know what goes on in it: each file has one of its own.
        extends: true,
        test: { name: 'worker', include: [WORKER], exclude: NOT_OURS, isolate: true, testTimeout: 15_000 },
      },
      {
        // One process for all files: aws-cdk-lib takes longer to load than all tests of the stack to run.
        extends: true,
        test: {
          name: 'infra',
          include: ['infra/**/src/**/*.test.ts'],
          exclude: NOT_OURS,
          maxWorkers: 1,
          // Those of another number of workers run before or after, not beside.
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/**/src/**/*.test.ts'],
          exclude: [...NOT_OURS, ...LONG, ...OF_CLIS, ...LONGER],
          ...END_TO_END,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-long',
          include: [...LONG, ...OF_CLIS],
          env: { OUTPOST_TEST_SITE: 'local' },
          ...END_TO_END,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-longer',
          include: [...LONG, ...LONGER],
          env: { OUTPOST_TEST_SITE: 'aws' },
          ...END_TO_END,
        },
      },
      {
        // The same at a length that nobody waits for: `npm run soak`.
        extends: true,
        test: {
          name: 'soak',
          include: ['{packages,tests}/**/src/**/*.soak.ts'],
          testTimeout: 60_000,
          exclude: NOT_OURS,
        },
      },
    ],
  },
});
