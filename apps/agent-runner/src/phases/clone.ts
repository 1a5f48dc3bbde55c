import { parseRepository, type RecordIn } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import type { GitHost } from '@outpost/platform/git';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cloneRepository,
  continueRepository,
  initRepository,
  type Checkout,
  type StartingPoint,
} from '../git/index.js';
import { PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import { fetchStartingPoint, readParent } from './parent.js';
import type { Workspace } from './workspace.js';

/** The repository to work in: as an earlier dispatch of the workspace left it, cloned, or a new one. */
export async function checkOut(
  worker: Worker,
  record: RecordIn<'RUNNING'>,
  workspace: Workspace,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Checkout> {
  const { repo: repoDir, snapshot: snapshotDir } = workspace;
  const kept =
    record.workspaceMode === 'persistent' ? await continueRepository({ repoDir, snapshotDir }) : undefined;
  if (kept !== undefined) return kept;
  const parent = await readParent(worker, record, signal);
  const start = parent && (await fetchStartingPoint(worker, workspace, parent, signal));
  try {
    return await makeRepository(worker, record, workspace, { token, start, signal });
  } finally {
    if (start !== undefined) await rm(start.patchFile, { force: true });
  }
}

async function makeRepository(
  worker: Worker,
  record: RecordIn<'RUNNING'>,
  workspace: Workspace,
  {
    token,
    ...rest
  }: {
    readonly token: string | undefined;
    readonly start: StartingPoint | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Checkout> {
  const { repo: repoDir, snapshot: snapshotDir } = workspace;
  const at = timestamp(worker.clock);
  const job = { host: gitHost(worker, workspace), repoDir, snapshotDir, at, ...rest };
  if (record.repo === undefined) return initRepository(job);
  const parsed = parseRepository(record.repo);
  if (parsed === undefined)
    throw new PhaseError('repository_unreachable', `${record.repo} is not a repository.`);
  return cloneRepository({
    ...job,
    remote: { url: parsed.url, token },
    branch: record.branch,
    mirrorsDir: worker.config.mirrorsDir,
    limits: worker.config.repositoryLimits,
  });
}

export function gitHost({ config }: Worker, workspace: Workspace): GitHost {
  const { path, network: ambient, remotes } = config;
  return { path, home: join(workspace.runner, 'git-home'), ambient, remotes };
}
