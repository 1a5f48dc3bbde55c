import type { Failure } from '@aws-sdk/client-ecs';
import { OutpostError } from '@outpost/contracts';
import { isNamed } from './errors.js';

/** ECS's failures as a caller of `launch` is told of them. */
export function placementError(failures: readonly Failure[]): OutpostError {
  const said = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '));
  const reasons = said.length === 0 ? 'it gave no reason' : [...new Set(said)].join('; ');
  return new OutpostError('SERVICE_UNAVAILABLE', `ECS has no room for the worker: ${reasons}`);
}

export function missingDefinitionError(family: string, cause?: unknown): OutpostError {
  const message = `There is no ECS task definition ${family}. Deploy the stack of infra/cdk: it makes one for each agent and tier.`;
  return new OutpostError('SERVICE_UNAVAILABLE', message, { cause });
}

/** Whatever kept a worker from being started, as SERVICE_UNAVAILABLE with what AWS said. */
export function launchError(error: unknown, family: string): OutpostError {
  if (error instanceof OutpostError) return error;
  const said = error instanceof Error ? error.message : String(error);
  if (isNamed(error, 'ClientException') && /TaskDefinition (?:not found|is inactive)/i.test(said))
    return missingDefinitionError(family, error);
  return new OutpostError('SERVICE_UNAVAILABLE', `The worker could not be started: ${said}`, {
    cause: error,
  });
}
