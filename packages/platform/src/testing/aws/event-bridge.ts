import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { TEST_REGION } from './clients.js';
import { startJsonService, type JsonService } from './json-service.js';
import { TEST_ACCOUNT_ID } from './sts.js';

/** What an event must have for a rule to take it: one of the values of each field that is named. */
export interface EventPattern {
  readonly source?: readonly string[];
  readonly 'detail-type'?: readonly string[];
}

export interface EventRule {
  readonly busName: string;
  readonly pattern: EventPattern;
  readonly queueUrl: string;
}

/** What a target is given. */
export interface EventEnvelope<Detail = unknown> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Detail;
}

export interface EntryFault {
  readonly errorCode: string;
  readonly errorMessage: string;
}

export interface EventBridgeServer extends JsonService {
  addRule(rule: EventRule): void;
  /** Refuses the next entry in an answer that itself is a success. */
  refuseNextEntry(fault: EntryFault): void;
}

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  /** Epoch seconds. */
  readonly Time?: number;
  readonly Resources?: readonly string[];
}

type EntryResult =
  { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** Starts an EventBridge whose rules deliver to queues of that SQS. */
export async function startEventBridge({ sqs }: { readonly sqs: SQSClient }): Promise<EventBridgeServer> {
  const rules: EventRule[] = [];
  const faults: EntryFault[] = [];
  const put = async (entry: Entry): Promise<EntryResult> => {
    const fault = faults.shift() ?? mistakeIn(entry);
    if (fault !== undefined) return { ErrorCode: fault.errorCode, ErrorMessage: fault.errorMessage };
    const envelope = envelopeOf(entry);
    const matching = rules.filter((rule) => rule.busName === entry.EventBusName && isMatch(rule, envelope));
    for (const { queueUrl } of matching) {
      const message = { QueueUrl: queueUrl, MessageBody: JSON.stringify(envelope) };
      await sqs.send(new SendMessageCommand(message));
    }
    return { EventId: envelope.id };
  };
  const service = await startJsonService({
    async PutEvents({ Entries }: { readonly Entries: readonly Entry[] }) {
      const results: EntryResult[] = [];
      for (const entry of Entries) results.push(await put(entry));
      return {
        FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
        Entries: results,
      };
    },
  });
  return {
    ...service,
    addRule: (rule) => void rules.push(rule),
    refuseNextEntry: (fault) => void faults.push(fault),
  };
}

function mistakeIn({ Source, DetailType, Detail }: Entry): EntryFault | undefined {
  const missing = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value)?.[0];
  if (missing !== undefined)
    return { errorCode: 'InvalidArgument', errorMessage: `Parameter ${missing} is not valid.` };
  return isJsonObject(Detail ?? '')
    ? undefined
    : { errorCode: 'MalformedDetail', errorMessage: 'Detail is malformed.' };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function envelopeOf({
  Source = '',
  DetailType = '',
  Detail = '',
  Time,
  Resources = [],
}: Entry): EventEnvelope {
  const time = new Date(Time === undefined ? Date.now() : Time * 1_000);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: TEST_ACCOUNT_ID,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region: TEST_REGION,
    resources: Resources,
    detail: JSON.parse(Detail) as unknown,
  };
}

function isMatch({ pattern }: EventRule, envelope: EventEnvelope): boolean {
  return (['source', 'detail-type'] as const).every(
    (field) => pattern[field] === undefined || pattern[field].includes(envelope[field]),
  );
}
