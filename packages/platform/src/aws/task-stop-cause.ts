import type { Container, Task } from '@aws-sdk/client-ecs';
import type { StopCause } from '@outpost/contracts';

const OUT_OF_MEMORY = /OutOfMemory|OOM-killed/i;
const IMAGE = /CannotPull(?:\w*Container|Image\w*)Error/;
/** A secret that cannot be read has the same name, and says from where it should have come. */
const REGISTRY = /ResourceInitializationError:.*(?:registry auth|pull image)/is;
const SECRET = /retrieve secrets? from/i;
const SPOT = /Spot Task was interrupted/i;
const SPOT_CODES: ReadonlySet<string> = new Set(['SpotInterruption', 'TerminationNotice']);
const CAPACITY = /Capacity is unavailable|InsufficientFreeAddressesInSubnet|RESOURCE:/i;

/**
 * Why ECS stopped a task, or never began it, as far as its codes and texts tell. Exit code 137 alone says nothing: it
 * is that of every container which had to be killed.
 */
export function stopCauseOf(
  task: Pick<Task, 'stopCode' | 'stoppedReason'>,
  container?: Pick<Container, 'reason'>,
): StopCause | undefined {
  const reasons = `${task.stoppedReason ?? ''}\n${container?.reason ?? ''}`;
  if (OUT_OF_MEMORY.test(reasons)) return 'out_of_memory';
  if (SPOT_CODES.has(task.stopCode ?? '') || SPOT.test(reasons)) return 'spot_interrupted';
  if (IMAGE.test(reasons) || (REGISTRY.test(reasons) && !SECRET.test(reasons))) return 'image_unavailable';
  return CAPACITY.test(reasons) ? 'capacity_unavailable' : undefined;
}
