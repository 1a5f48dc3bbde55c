import {
  PutEventsCommand,
  type EventBridgeClient,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { OutpostEvent } from '@outpost/contracts';
import type { EventBus } from '../ports/index.js';
import { asServiceError } from './errors.js';

/** `source` of every event: rules select by it, and a worker's role may use no other. */
export const EVENT_SOURCE = 'outpost';

export interface AwsEventBusOptions {
  readonly events: EventBridgeClient;
  readonly busName: string;
}

/** EventBridge: `source` is `outpost`, `detail-type` the event's type, `detail` the event. */
export function createAwsEventBus({ events, busName }: AwsEventBusOptions): EventBus {
  return {
    async publish(event) {
      const answer = await events.send(new PutEventsCommand({ Entries: [entryOf(event, busName)] }));
      // EventBridge answers 200 to what it did not take.
      const refused = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused !== undefined) throw asServiceError('EventBridge', failureOf(refused));
      if (answer.FailedEntryCount !== 0) throw new Error('EventBridge did not take the event.');
    },
  };
}

function entryOf(event: OutpostEvent, busName: string) {
  return {
    EventBusName: busName,
    Source: EVENT_SOURCE,
    DetailType: event.type,
    Detail: JSON.stringify(event),
    Time: new Date(event.occurredAt),
  };
}

/** As the SDK throws it where all of a call fails. */
function failureOf({ ErrorCode = 'InternalFailure', ErrorMessage }: PutEventsResultEntry): Error {
  const isServersFault = ErrorCode.startsWith('Internal');
  return Object.assign(new Error(`EventBridge refused the event: ${ErrorMessage ?? ErrorCode}`), {
    name: ErrorCode,
    $fault: isServersFault ? 'server' : 'client',
  });
}
