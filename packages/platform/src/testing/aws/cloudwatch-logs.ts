import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { linesAsEvents, pageOf, type StoredEvent } from './cloudwatch-logs-pages.js';
import { ServiceFault, startJsonService, type JsonService } from './json-service.js';

/** After so many calls for a stream that are answered in full, one finds nothing yet. */
const FULL_ANSWERS = 2;

export interface IngestParams {
  readonly group: string;
  readonly stream: string;
  /** A line as a container prints it, without its newline. */
  readonly line: string;
  readonly timestampMs: number;
}

export interface CloudWatchLogsServer extends JsonService {
  /** What awslogs does with a line: longer ones become several events. Makes group and stream. */
  ingest(params: IngestParams): void;
  /** All events of all streams. */
  events(): readonly StoredEvent[];
}

/** CloudWatch Logs as far as GetLogEvents goes, in memory, on a free port of loopback. */
export async function startCloudWatchLogs(): Promise<CloudWatchLogsServer> {
  const streams = new Map<string, Stream>();
  const service = await startJsonService({
    GetLogEvents: (input: GetLogEventsCommandInput) => getLogEvents(streams, input),
  });
  return {
    ...service,
    ingest({ group, stream, line, timestampMs }) {
      const name = nameOf(group, stream);
      const { events, calls } = streams.get(name) ?? { events: [], calls: 0 };
      streams.set(name, { events, calls });
      // In the order of time, and of their coming where that is the same.
      const at = events.findLastIndex(({ timestamp }) => timestamp <= timestampMs) + 1;
      const added = linesAsEvents(line).map((message) => ({ timestamp: timestampMs, message }));
      events.splice(at, 0, ...added);
    },
    events: () => [...streams.values()].flatMap(({ events }) => events),
  };
}

interface Stream {
  readonly events: StoredEvent[];
  calls: number;
}

function getLogEvents(
  streams: ReadonlyMap<string, Stream>,
  input: GetLogEventsCommandInput,
): Omit<GetLogEventsCommandOutput, '$metadata'> {
  const stream = streams.get(nameOf(input.logGroupName, input.logStreamName));
  if (stream === undefined)
    throw new ServiceFault('ResourceNotFoundException', 'The specified log stream does not exist.');
  stream.calls += 1;
  return pageOf(stream.events, input, { isEmpty: stream.calls % (FULL_ANSWERS + 1) === 0 });
}

function nameOf(group: string | undefined, stream: string | undefined): string {
  return `${group}\n${stream}`;
}
