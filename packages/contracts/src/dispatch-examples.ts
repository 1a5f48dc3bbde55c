/** A dispatch in its states, for who reads about the API. */
export const ACCEPTED_EXAMPLE = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  status: 'PENDING',
  agent: 'codex',
  modelId: 'gpt-5.2-codex',
  tier: 'flagship',
  task: 'Add a test for the empty cart in src/cart.ts.',
  repo: 'octocat/hello-world',
  branch: 'main',
  contextLevel: 'standard',
  workspaceMode: 'ephemeral',
  workspaceId: '3d2f9a0e-6f2b-4d54-9a77-0d6f6f1f8a11',
  timeoutSeconds: 600,
  tags: { ticket: 'SHOP-7' },
  secrets: [],
  attempt: 1,
  createdAt: '2026-11-23T12:00:00.000Z',
} as const;

export const RUNNING_EXAMPLE = {
  ...ACCEPTED_EXAMPLE,
  status: 'RUNNING',
  stage: 'run',
  startedAt: '2026-11-23T12:00:02.000Z',
} as const;

export const CANCELLED_EXAMPLE = {
  ...ACCEPTED_EXAMPLE,
  status: 'CANCELLED',
  completedAt: '2026-11-23T12:00:01.000Z',
  exitCode: null,
  errorMessage: 'It was cancelled.',
} as const;

export const COMPLETED_EXAMPLE = {
  ...ACCEPTED_EXAMPLE,
  status: 'COMPLETED',
  startedAt: '2026-11-23T12:00:02.000Z',
  completedAt: '2026-11-23T12:01:12.000Z',
  exitCode: 0,
  errorMessage: null,
  output: 'I added a test for the empty cart.',
  usage: { inputTokens: 9_120, outputTokens: 640, cacheReadTokens: 30_400, cacheWriteTokens: 0 },
  changes: {
    baseCommit: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
    filesChanged: 1,
    insertions: 12,
    deletions: 0,
  },
  timings: { launch: 900, clone: 1_400, run: 64_000, upload: 300 },
  artifactUrl: 'http://127.0.0.1:3000/artifacts/01K4ZJ8W2T6V0Q9S3R5X7Y1B2C/changes.patch?expires=1795438872',
} as const;
