import type { RecordIn } from '@outpost/contracts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { End } from './report.js';
import type { Workspace } from './workspace.js';

/** Writes `summary.json`: the run as its record will have it, for who reads the artifacts alone. */
export async function writeSummary(
  workspace: Workspace,
  record: RecordIn<'RUNNING'>,
  end: End,
): Promise<void> {
  const { dispatchId, agent, modelId, tier, repo, branch, contextLevel, workspaceId, startedAt } = record;
  const { to: status, ...outcome } = end;
  const summary = {
    dispatchId,
    status,
    agent,
    modelId,
    tier,
    repo,
    branch,
    contextLevel,
    workspaceId,
    startedAt,
    ...outcome,
  };
  await writeFile(join(workspace.outbox, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`, {
    mode: 0o600,
  });
}
