import type { Dispatch } from '@outpost/contracts';

export const DISPATCH_ID = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';

/** A dispatch as the API shows it. */
export function dispatchOf(over: Partial<Dispatch> = {}): Dispatch {
  return {
    dispatchId: DISPATCH_ID,
    status: 'PENDING',
    agent: 'claude',
    modelId: 'claude-opus-4-5-20251101',
    tier: 'flagship',
    task: 'Add a test for the cart.',
    contextLevel: 'standard',
    workspaceMode: 'ephemeral',
    workspaceId: '3d2f9a0e-6f2b-4d54-9a77-0d6f6f1f8a11',
    timeoutSeconds: 600,
    tags: {},
    secrets: [],
    createdAt: '2026-11-23T12:00:00.000Z',
    ...over,
  };
}
