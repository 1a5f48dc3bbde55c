/** The answer of `git ls-remote --symref`. */
export interface RemoteRefs {
  /** The branch that HEAD names. */
  readonly defaultBranch: string | undefined;
  readonly head: string | undefined;
  /** Commits by branch. */
  readonly branches: ReadonlyMap<string, string>;
}

const BRANCH_PREFIX = 'refs/heads/';

export function parseRemoteRefs(output: string): RemoteRefs {
  const branches = new Map<string, string>();
  let defaultBranch: string | undefined;
  let head: string | undefined;
  for (const line of output.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (name === 'HEAD' && value.startsWith(`ref: ${BRANCH_PREFIX}`))
      defaultBranch = value.slice(`ref: ${BRANCH_PREFIX}`.length);
    else if (name === 'HEAD') head = value;
    else if (name.startsWith(BRANCH_PREFIX)) branches.set(name.slice(BRANCH_PREFIX.length), value);
  }
  return { defaultBranch, head, branches };
}

/** The branch that a repository with a detached HEAD stands on, as far as one can tell. */
export function branchOfHead({ defaultBranch, head, branches }: RemoteRefs): string | undefined {
  if (defaultBranch !== undefined) return defaultBranch;
  const candidates = [...branches].filter(([, commit]) => commit === head).map(([name]) => name);
  return ['main', 'master'].find((name) => candidates.includes(name)) ?? candidates[0];
}
