import { z } from 'zod';
import { STAGES } from './dispatch.js';
import { LifecycleEventSchema } from './lifecycle-events.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';

/** Those that are told of. `report` is what ends a run: the end tells of it. */
export const TOLD_STAGES = STAGES.filter((stage) => stage !== 'report');

export const StageEventSchema = z
  .strictObject({
    eventId: z.string(),
    type: z.literal('dispatch.stage'),
    occurredAt: TimestampSchema,
    dispatchId: DispatchIdSchema,
    attempt: z.int().positive(),
    stage: z.enum(TOLD_STAGES),
  })
  .meta({ id: 'StageEvent', description: 'The worker has come to a stage.' });
export type StageEvent = z.infer<typeof StageEventSchema>;

export const STAGE_EVENT_EXAMPLE: StageEvent = {
  eventId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C-1-stage-run',
  type: 'dispatch.stage',
  occurredAt: '2026-11-23T12:00:04.000Z',
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  attempt: 1,
  stage: 'run',
};

export const DispatchEventSchema = z.discriminatedUnion('type', [LifecycleEventSchema, StageEventSchema]);
export type DispatchEvent = z.infer<typeof DispatchEventSchema>;

export const DispatchEventPageSchema = z
  .strictObject({
    events: z.array(DispatchEventSchema).meta({ description: 'Oldest first.' }),
    nextCursor: z
      .string()
      .meta({ description: 'Pass as `cursor` to read on; the id of the last event, valid also at the end.' }),
    complete: z
      .boolean()
      .meta({ description: 'True when the dispatch has ended and this page reaches the end.' }),
  })
  .meta({ id: 'DispatchEventPage', description: 'A page of what has happened to a dispatch.' });
export type DispatchEventPage = z.infer<typeof DispatchEventPageSchema>;
