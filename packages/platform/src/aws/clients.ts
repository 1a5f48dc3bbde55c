import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EFSClient } from '@aws-sdk/client-efs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { MiddlewareStack, RetryStrategyV2 } from '@smithy/types';
import { asServiceError } from './errors.js';

/** The first call and its repeats, which the SDK spaces by exponential back-off with full jitter. */
const MAX_ATTEMPTS = 4;
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 10_000 } as const;
/** A part of an upload may take longer than an answer. */
const S3_TIMEOUTS = { ...TIMEOUTS, requestTimeout: 60_000 } as const;
/** An empty queue answers after 20 s, when it is asked to wait for a message. */
const SQS_TIMEOUTS = { ...TIMEOUTS, requestTimeout: 30_000 } as const;

export interface AwsClientOptions {
  readonly region: string;
  /** Makes what sends the requests; the SDK's own on Node by default. */
  readonly createHandler?: (options: NodeHttpHandlerOptions) => NodeHttpHandler;
  /** Access keys and endpoints to use in place of those that the SDK finds; for tests. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpointFor?: (service: AwsService) => string;
  /** In place of adaptive retries with their pauses; for tests. */
  readonly retryStrategy?: RetryStrategyV2;
}

export type AwsService = Exclude<keyof AwsClients, 'destroy'>;

export interface AwsClients {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly ecs: ECSClient;
  readonly efs: EFSClient;
  readonly events: EventBridgeClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  destroy(): void;
}

/**
 * One client for each service. All retry adaptively, and reject with SERVICE_UNAVAILABLE once that did not help;
 * what a service refuses is thrown as the SDK has it. Endpoints come from AWS_ENDPOINT_URL and its kin.
 */
export function createAwsClients(options: AwsClientOptions): AwsClients {
  const {
    region,
    credentials,
    endpointFor,
    retryStrategy,
    createHandler = (timeouts) => new NodeHttpHandler(timeouts),
  } = options;
  const handler = createHandler(TIMEOUTS);
  const s3Handler = createHandler(S3_TIMEOUTS);
  const sqsHandler = createHandler(SQS_TIMEOUTS);
  const optionsFor = (service: AwsService) => ({
    region,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'adaptive' as const,
    requestHandler: handler,
    ...(retryStrategy !== undefined && { retryStrategy }),
    ...(credentials !== undefined && { credentials }),
    ...(endpointFor !== undefined && { endpoint: endpointFor(service) }),
  });
  const dynamodb = new DynamoDBClient(optionsFor('dynamodb'));
  const clients = {
    dynamodb,
    ecs: new ECSClient(optionsFor('ecs')),
    efs: new EFSClient(optionsFor('efs')),
    events: new EventBridgeClient(optionsFor('events')),
    logs: new CloudWatchLogsClient(optionsFor('logs')),
    s3: new S3Client({ ...optionsFor('s3'), requestHandler: s3Handler }),
    secrets: new SecretsManagerClient(optionsFor('secrets')),
    // A queue's URL names its endpoint, too: that of the environment is to win, as it does for all others.
    sqs: new SQSClient({ ...optionsFor('sqs'), requestHandler: sqsHandler, useQueueUrlAsEndpoint: false }),
    sts: new STSClient(optionsFor('sts')),
  };
  for (const [service, client] of Object.entries(clients))
    translateOutages(service, client.middlewareStack as MiddlewareStack<object, object>);
  return {
    ...clients,
    dynamodb: DynamoDBDocumentClient.from(dynamodb, {
      marshallOptions: { removeUndefinedValues: true },
    }),
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
      handler.destroy();
      s3Handler.destroy();
      sqsHandler.destroy();
    },
  };
}

const NAMES: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  ecs: 'ECS',
  efs: 'EFS',
  events: 'EventBridge',
  logs: 'CloudWatch Logs',
  s3: 'S3',
  secrets: 'Secrets Manager',
  sqs: 'SQS',
  sts: 'STS',
};

/** Outermost, so that it sees what is left after the last attempt. */
function translateOutages(service: string, stack: MiddlewareStack<object, object>): void {
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw asServiceError(NAMES[service] ?? service, error);
      }
    },
    { step: 'initialize', priority: 'high', name: 'translateOutages' },
  );
}
