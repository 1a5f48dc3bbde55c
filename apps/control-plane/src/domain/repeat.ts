import { firstTier, type CreateDispatch, type DispatchRecord } from '@outpost/contracts';

/**
 * The request that would make the same dispatch again: with the branch and the model that were found for the first,
 * the tier that was asked for, from the same parent, and in the same workspace where that was kept.
 */
export function requestAgain(record: DispatchRecord): CreateDispatch {
  const { userId, parentDispatchId, repo, branch, workspaceMode, workspaceId, archiveWorkspace, promote } =
    record;
  const { agent, modelId, task, contextLevel, timeoutSeconds, tags, secrets, verify, verifyAttempts } =
    record;
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
    ...(parentDispatchId !== undefined && { parentDispatchId }),
    ...(verify !== undefined && { verify }),
    ...(verifyAttempts !== undefined && { verifyAttempts }),
    ...(userId !== undefined && { userId }),
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    ...(workspaceMode === 'persistent' && { workspaceId }),
    ...(promote !== undefined && { promote }),
    ...(archiveWorkspace === true && { archiveWorkspace }),
  };
}
