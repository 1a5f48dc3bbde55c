import type { OutpostClient } from '@outpost/client';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';

/** How the argument of commands on one dispatch is described. */
export const ID_ARGUMENT = ['<id>', 'a dispatch id, or `latest`'] as const;

/** What a person may say for a dispatch: its id, or `latest`, the newest of the tenant. */
export async function dispatchIdOf(
  client: OutpostClient,
  said: string,
  signal: AbortSignal,
): Promise<string> {
  if (said !== 'latest') return said;
  const { runs } = await client.dispatches.list({ limit: 1 }, { signal });
  const newest = runs[0];
  if (newest === undefined) throw new CliError('There is no dispatch yet.', { exitCode: EXIT.notFound });
  return newest.dispatchId;
}
