import { ARTIFACT_NAMES } from '@outpost/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import type { Workspace } from './workspace.js';

/** Stores what the run has left, until the signal aborts. Tries every artifact before it rejects. */
export async function upload(
  { platform, key }: Pick<Worker, 'platform' | 'key'>,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<void> {
  const present = ARTIFACT_NAMES.filter((name) => existsSync(join(workspace.outbox, name)));
  const results = await Promise.allSettled(
    present.map((name) =>
      platform.artifacts.put({ ...key, name, body: { file: join(workspace.outbox, name) }, signal }),
    ),
  );
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${present[index]}: ${messageOf(result.reason)}`] : [],
  );
  if (failed.length > 0)
    throw new PhaseError('upload_failed', `Artifacts could not be stored. ${failed.join('; ')}`);
}
