import type { RecordIn } from '@outpost/contracts';
import { buildContext, composePrompt } from '../context/index.js';
import { recentCommits, type Checkout } from '../git/index.js';
import type { Redactor } from '../redaction/index.js';
import type { Worker } from '../worker.js';
import { gitHost } from './clone.js';
import { readParent } from './parent.js';
import { untilAvailable } from './until-available.js';
import { provide, type Workspace } from './workspace.js';

/** Commits that may stand in for a journal. */
const RECENT_COMMITS = 20;

/** Reads the repository's own guidance before the agent starts, and puts it before the task. Resolves with the prompt. */
export async function injectContext(
  worker: Worker,
  record: RecordIn<'RUNNING'>,
  workspace: Workspace,
  checkout: Checkout,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<string> {
  const host = gitHost(worker, workspace);
  const commits = await recentCommits({ host, snapshot: checkout, limit: RECENT_COMMITS, signal });
  const { tenantId } = worker.key;
  const context = await buildContext({
    baseCommit: checkout.baseCommit,
    documents: await untilAvailable({ ...worker, signal }, () =>
      worker.platform.contextDocuments.list({ tenantId }),
    ),
    previous: await readParent(worker, record, signal),
    level: record.contextLevel,
    repoDir: workspace.repo,
    recentCommits: commits.map(({ date, subject }) => `${date.slice(0, 10)} ${subject}`),
    dispatchId: record.dispatchId,
    clock: worker.clock,
    redactor,
  });
  signal.throwIfAborted();
  await provide(workspace, 'context.json', `${JSON.stringify(context.document, null, 2)}\n`);
  return composePrompt(context, record.task);
}
