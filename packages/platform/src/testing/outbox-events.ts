import type { CostEvent, OutpostEvent } from '@outpost/contracts';
import type { Outbox } from '../ports/index.js';

const END_OF_TIME = '9999-12-31T23:59:59.999Z';
const LIMIT = 1_000;

/** What is still to be handed on, whenever it is due. */
export async function eventsIn(outbox: Outbox): Promise<readonly OutpostEvent[]> {
  return (await outbox.due({ now: END_OF_TIME, limit: LIMIT })).map(({ event }) => event);
}

/** Of that, what tells of costs: one for each dispatch that has ended. */
export async function costsIn(outbox: Outbox): Promise<readonly CostEvent[]> {
  return (await eventsIn(outbox)).filter((event) => event.type === 'dispatch.cost');
}
