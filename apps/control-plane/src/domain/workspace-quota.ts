import { OutpostError, type WorkspaceLimits, type WorkspaceUsage } from '@outpost/contracts';

const MB = 1024 ** 2;

/** Rejects a dispatch that would go on in a workspace which holds more than it may. One never measured is not full. */
export function refuseOver(workspace: {
  readonly workspaceId: string;
  readonly usage: WorkspaceUsage | undefined;
  readonly limits: WorkspaceLimits;
}): void {
  const { workspaceId, usage, limits } = workspace;
  if (usage === undefined) return;
  const excess = excessOf(usage, limits);
  if (excess === undefined) return;
  throw new OutpostError(
    'CONFLICT',
    `Workspace ${workspaceId} is full: ${excess}. Begin in a new one, delete it with DELETE /workspaces/${workspaceId}, ` +
      'or have its quota raised (workspaceQuotaMb of the tenant, OUTPOST_WORKSPACE_QUOTA_MB, OUTPOST_WORKSPACE_MAX_FILES).',
  );
}

function excessOf({ sizeBytes, files }: WorkspaceUsage, limits: WorkspaceLimits): string | undefined {
  if (sizeBytes > limits.megabytes * MB)
    return `it holds ${Math.ceil(sizeBytes / MB)} MB, and may hold ${limits.megabytes} MB`;
  if (files > limits.files) return `it holds ${files} files, and may hold ${limits.files}`;
  return undefined;
}
