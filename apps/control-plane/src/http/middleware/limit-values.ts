import { LIMITS, OutpostError } from '@outpost/contracts';
import type { MiddlewareHandler } from 'hono';

/** Refuses JSON of more values than any request needs, before they are validated: each may be wrong in a way of its own. */
export const limitValues: MiddlewareHandler = async (context, next) => {
  // What is no JSON is for the validator to tell.
  const body: unknown = await context.req.json().catch(() => undefined);
  if (countValues(body) > LIMITS.bodyMaxValues) {
    const message = `has more than ${LIMITS.bodyMaxValues} values`;
    throw new OutpostError('VALIDATION_ERROR', `body ${message}`, { details: [{ path: 'body', message }] });
  }
  await next();
};

/** Stops soon after there are too many. Without recursion: JSON may be nested deeper than a stack. */
function countValues(body: unknown): number {
  const waiting = [body];
  let count = 0;
  while (waiting.length > 0 && count <= LIMITS.bodyMaxValues) {
    const value = waiting.pop();
    count += 1;
    if (typeof value !== 'object' || value === null) continue;
    const inside: unknown[] = Object.values(value);
    if (inside.length > LIMITS.bodyMaxValues) return inside.length;
    waiting.push(...inside);
  }
  return count;
}
