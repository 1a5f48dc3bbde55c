import { z } from 'zod';
import { TimestampSchema } from './primitives.js';

export const LogKindSchema = z.enum(['text', 'tool', 'result', 'error', 'raw', 'verify', 'system']);

export const LOG_LINE_EXAMPLE = {
  at: '2026-11-23T12:00:30.000Z',
  kind: 'tool',
  text: 'Edit src/cart.test.ts',
} as const;

/** One line of a dispatch's log. `system` lines come from the worker, `verify` lines from the verify command, the others from the agent. */
export const LogLineSchema = z
  .strictObject({
    at: TimestampSchema,
    kind: LogKindSchema,
    text: z.string(),
  })
  .meta({ id: 'LogLine', example: LOG_LINE_EXAMPLE });
export type LogLine = z.infer<typeof LogLineSchema>;

export const LogPageSchema = z
  .strictObject({
    lines: z.array(LogLineSchema),
    nextCursor: z
      .string()
      .meta({ description: 'Pass as `cursor` to read on; valid also at the end of the log.' }),
    complete: z
      .boolean()
      .meta({ description: 'True when the dispatch has ended and this page reaches the end.' }),
  })
  .meta({ id: 'LogPage' });
export type LogPage = z.infer<typeof LogPageSchema>;
