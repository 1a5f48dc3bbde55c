import type { Dispatch } from '@outpost/contracts';
import type { Api } from '../api/api-command.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';

export interface PatchOfDispatch {
  readonly dispatch: Dispatch;
  readonly patch: Buffer;
}

/** What a dispatch has changed. One that still runs has uploaded what it had some seconds ago, or nothing yet. */
export async function patchOf({ client, signal }: Api, dispatchId: string): Promise<PatchOfDispatch> {
  const dispatch = await client.dispatches.get(dispatchId, { signal });
  const { artifacts } = await client.artifacts.list(dispatchId, { signal });
  const artifact = artifacts.find(({ name }) => name === 'changes.patch');
  if (artifact === undefined) {
    const why = dispatch.completedAt === undefined ? ' yet' : `: it ended ${dispatch.status} without`;
    throw new CliError(`Dispatch ${dispatchId} has no patch${why}.`, { exitCode: EXIT.conflict });
  }
  const response = await client.artifacts.download(artifact, { signal });
  return { dispatch, patch: Buffer.from(await response.arrayBuffer()) };
}
