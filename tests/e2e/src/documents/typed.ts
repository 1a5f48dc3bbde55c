/** A document whose TypeScript is checked and run, as one module, from outside of the workspace. */
export interface Typed {
  readonly document: string;
  /** All of it has to be in what the module prints. */
  readonly prints: readonly (string | RegExp)[];
}

/** \`OUTPOST_URL\`, \`OUTPOST_API_KEY\` and \`REPO\`, a git repository of this machine, are in the environment. */
export const TYPED: readonly Typed[] = [
  {
    document: 'docs/quickstart.md',
    prints: ['COMPLETED', 'diff --git a/NOTES.md b/NOTES.md'],
  },
  {
    document: 'packages/client/README.md',
    prints: [
      'COMPLETED',
      'diff --git a/NOTES.md b/NOTES.md',
      'Wrote the file.',
      'There is no such dispatch.',
      /^true$/m,
    ],
  },
];
