import { OutpostError } from '@outpost/contracts';
import { z } from 'zod';

const TIMEOUT_MS = 5_000;
const TaskMetadataSchema = z.object({ TaskARN: z.string().min(1) });

/** The ARN of the task that this process runs in, from the metadata endpoint (version 4) of its ECS agent. */
export async function readTaskArn({ metadataUrl }: { readonly metadataUrl: string }): Promise<string> {
  try {
    const response = await fetch(`${metadataUrl}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return TaskMetadataSchema.parse(await response.json()).TaskARN;
  } catch (error) {
    throw new OutpostError('SERVICE_UNAVAILABLE', 'The ECS task metadata endpoint does not answer.', {
      cause: error,
    });
  }
}
