import type { Changes, RecordIn } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import { join } from 'node:path';
import { adapterFor } from '../agents/index.js';
import { collectChanges, type Checkout } from '../git/index.js';
import type { Redactor } from '../redaction/index.js';
import type { Worker } from '../worker.js';
import { gitHost } from './clone.js';
import type { Workspace } from './workspace.js';

export interface CollectParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  readonly checkout: Checkout;
  readonly redactor: Redactor;
}

export interface CollectOptions {
  /** A checkpoint can do without `repo.bundle`. */
  readonly bundle: boolean;
  readonly signal: AbortSignal;
}

/** Writes the whole change against the base as `changes.patch` and `repo.bundle`, secrets taken out. */
export async function collect(
  { worker, record, workspace, checkout, redactor }: CollectParams,
  { bundle, signal }: CollectOptions,
): Promise<{ changes: Changes; warnings: readonly string[] }> {
  const { changes, warnings } = await collectChanges({
    host: gitHost(worker, workspace),
    signal,
    snapshot: checkout,
    repoDir: workspace.repo,
    dispatchId: record.dispatchId,
    at: timestamp(worker.clock),
    patchFile: join(workspace.outbox, 'changes.patch'),
    bundleFile: bundle ? join(workspace.outbox, 'repo.bundle') : undefined,
    exclude: adapterFor(record.agent).leftovers ?? [],
    scrub: (content) => redactor.buffer(content),
  });
  return { changes, warnings: warnings.map((warning) => redactor.text(warning)) };
}
