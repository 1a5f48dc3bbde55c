import type { RecordIn } from '@outpost/contracts';
import type { Sandbox } from '@outpost/platform/sandbox';
import { asPhase } from '../phase-error.js';
import type { Worker } from '../worker.js';

/** What whatever the dispatch runs is kept apart in. */
export async function sandboxFor(
  { config, logger }: Worker,
  { agent }: RecordIn<'RUNNING'>,
): Promise<Sandbox> {
  const sandbox = await asPhase('agent_missing', () => config.sandboxes.for(agent));
  logger.info({ sandbox: sandbox.name }, 'the agent is kept apart');
  return sandbox;
}
