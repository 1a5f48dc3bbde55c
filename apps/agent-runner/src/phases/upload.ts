import type { ArtifactName } from '@outpost/contracts';
import { join } from 'node:path';
import { messageOf, PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import { artifactsIn } from './manifest.js';
import type { Workspace } from './workspace.js';

/** Uploads under way at the same time. */
const AT_ONCE = 8;

/** Stores what the run has left, until the signal aborts. Tries every artifact before it rejects. */
export async function upload(
  { platform, key }: Pick<Worker, 'platform' | 'key'>,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...(await artifactsIn(workspace))] as ArtifactName[];
  const failed: string[] = [];
  const uploadNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const body = { file: join(workspace.outbox, name) };
      await platform.artifacts
        .put({ ...key, name, body, signal })
        .catch((error: unknown) => failed.push(`${name}: ${messageOf(error)}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, uploadNext));
  if (failed.length > 0)
    throw new PhaseError('upload_failed', `Artifacts could not be stored. ${failed.join('; ')}`);
}
