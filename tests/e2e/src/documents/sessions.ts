/** A document whose commands are run one after another, in a git repository, as a person would. */
export interface Session {
  readonly document: string;
  /** What the document takes for granted; run first, by the same shell. */
  readonly before?: string;
  /** Programs that not every machine has; where one is missing it is not run. */
  readonly needs?: readonly string[];
  /** All of it has to be in what the commands print. */
  readonly prints: readonly (string | RegExp)[];
}

/** For a document that speaks of \`$ID\`: a dispatch that has ended. */
const A_DISPATCH = `ID=$(outpost dispatch --agent claude --wait --json "Say what an empty cart costs." \\
  | node -p 'JSON.parse(fs.readFileSync(0)).dispatchId')`;

/**
 * Scripts stand in for the agents' CLIs: see \`tests/support/src/documents/stand-ins.ts\`. A new document that has
 * commands for a shell needs no more than a line here.
 */
export const SESSIONS: readonly Session[] = [
  {
    document: 'docs/api.md',
    prints: [
      /idempotent-replayed: true/i,
      'event: end\ndata: {"status":"COMPLETED"}',
      '"name":"repo.bundle"',
      /"retryOf":"[0-9A-Z]{26}"/,
      '"nextCursor":',
      'Outpost:Add a NOTES.md that says what this repository is for.',
      '"status":"revoked"',
      '"budgetUsd":500',
    ],
  },
  {
    document: 'docs/context.md',
    prints: ['"name":"PROFILE"', 'Strict TypeScript.'],
  },
  {
    document: 'docs/follow-ups.md',
    needs: ['openssl', 'unzip'],
    before: A_DISPATCH,
    prints: ['"status":"PENDING"', 'changes.patch: OK', 'Signature Verified Successfully'],
  },
  {
    document: 'docs/operations.md',
    before: A_DISPATCH,
    prints: ['"store":"ok"', 'files.tar', /^outpost_stuck_dispatches 0$/m, /^codex +yes/m, /^COMPLETED/m],
  },
  {
    document: 'docs/promote.md',
    before: A_DISPATCH,
    prints: [/"branch":"outpost\/[0-9A-Z]{26}"/, '"paths":["src"]', '"note":'],
  },
  {
    document: 'docs/workspaces.md',
    prints: ['"workspaceMode":"persistent"', /"workspaceId":"[^"]+"/],
  },
];
