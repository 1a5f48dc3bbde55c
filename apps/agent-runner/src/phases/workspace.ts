import type { RecordIn } from '@outpost/contracts';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redactor } from '../redaction/index.js';
import type { Worker } from '../worker.js';

/** The places of one run. Absolute paths. */
export interface Workspace {
  readonly root: string;
  /** The repository, and the agent's working directory. */
  readonly repo: string;
  /** The agent's HOME and TMPDIR: new each time that it is started. */
  readonly home: string;
  readonly tmp: string;
  /** Where the agent puts files that are to be kept, besides what it changes: new for each run. */
  readonly artifacts: string;
  /** What the agent has no business in. */
  readonly runner: string;
  /** The runner's own git directory. */
  readonly snapshot: string;
  /** What is uploaded: never from where the agent writes, so that a link planted there leads nowhere. */
  readonly outbox: string;
}

/** Makes the workspace ready, and puts the task where people and agents look for it. */
export async function prepareWorkspace(
  worker: Worker,
  record: RecordIn<'RUNNING'>,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<Workspace> {
  const { tenantId } = worker.key;
  const root = await worker.platform.mounts.mount({ tenantId, workspaceId: record.workspaceId });
  // One that was given up must not come back later and empty what is not its own any more.
  signal.throwIfAborted();
  const runner = join(root, '.outpost');
  const workspace: Workspace = {
    root,
    repo: join(root, 'repo'),
    home: join(root, 'home'),
    tmp: join(root, 'tmp'),
    artifacts: join(root, 'artifacts'),
    runner,
    snapshot: join(runner, 'snapshot.git'),
    outbox: join(runner, 'out'),
  };
  for (const directory of [workspace.outbox, workspace.artifacts]) {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await renewPlaces(workspace);
  await provide(workspace, 'task.md', `${redactor.text(record.task)}\n`);
  return workspace;
}

/** Empties the agent's HOME and TMPDIR. */
export async function renewPlaces({ home, tmp }: Workspace): Promise<void> {
  for (const fresh of [home, tmp]) {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true, mode: 0o700 });
  }
}

/** Writes a file both to be uploaded and for the agent to read. */
export async function provide(
  workspace: Workspace,
  name: 'task.md' | 'context.json',
  content: string,
): Promise<void> {
  await writeFile(join(workspace.outbox, name), content, { mode: 0o600 });
  const shown = join(workspace.root, name);
  // Removed first: an agent of an earlier dispatch may have left a link here.
  await rm(shown, { recursive: true, force: true });
  await writeFile(shown, content, { mode: 0o600, flag: 'wx' });
}
