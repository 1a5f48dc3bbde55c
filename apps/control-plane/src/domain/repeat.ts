import { firstTier, type CreateDispatch, type DispatchRecord } from '@outpost/contracts';

/**
 * The request that would make the same dispatch again: with the branch and the model that were found for the first,
 * the tier that was asked for, and in the same workspace where that was kept.
 */
export function requestAgain(record: DispatchRecord): CreateDispatch {
  const { userId, repo, branch, workspaceMode, workspaceId } = record;
  const { archiveWorkspace, agent, modelId, task, contextLevel, timeoutSeconds, tags, secrets } = record;
  return {
    agent,
    modelId,
    tier: firstTier(record),
    task,
    contextLevel,
    workspaceMode,
    timeoutSeconds,
    tags,
    secrets,
    ...(userId !== undefined && { userId }),
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    ...(workspaceMode === 'persistent' && { workspaceId }),
    ...(archiveWorkspace === true && { archiveWorkspace }),
  };
}
