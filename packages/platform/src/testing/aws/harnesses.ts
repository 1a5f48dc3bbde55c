import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { OutpostEvent } from '@outpost/contracts';
import { createAwsArtifactStore } from '../../aws/artifact-store.js';
import type { AwsClients } from '../../aws/clients.js';
import { createAwsEventBus } from '../../aws/event-bus.js';
import { createAwsKnownSecrets } from '../../aws/known-secrets.js';
import { createAwsSecretStore } from '../../aws/secret-store.js';
import { createAwsWorkspaceArchives } from '../../aws/workspace-archives.js';
import type { WorkspaceArchiveRemoval, WorkspaceArchives } from '../../ports/index.js';
import type { ArtifactStoreSubject } from '../artifact-store-conformance.js';
import type { EventBusSubject } from '../event-bus-conformance.js';
import type { Harness } from '../harness.js';
import type { SecretSeed, SecretStoreHarness } from '../secret-store-conformance.js';
import { createSettableClock } from '../settable-clock.js';
import { createTestClients, type AwsEndpoints } from './clients.js';
import type { EventEnvelope } from './event-bridge.js';
import { fetchPresigned } from './s3.js';
import { createSqsClient, drainQueue } from './sqs.js';

/** Without data, for one test; `close` ends it, or forgets what was made there. */
export interface FreshServer {
  readonly endpoints: AwsEndpoints;
  close(): Promise<void>;
}

/** The artifact store on an S3. */
export function artifactStoreHarness(start: () => Promise<FreshServer>): Harness<ArtifactStoreSubject> {
  return {
    async create() {
      const { clients, close } = await connect(await start());
      const { s3 } = clients;
      const clock = createSettableClock();
      await s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }));
      return {
        artifacts: createAwsArtifactStore({ s3, clock, bucket: 'artifacts' }),
        clock,
        fetchUrl: (url) => fetchPresigned(url, { s3, clock }),
        cleanup: close,
      };
    },
  };
}

/** The archives of workspaces on an S3. */
export function workspaceArchivesHarness(
  start: () => Promise<FreshServer>,
): Harness<{ readonly archives: WorkspaceArchives & WorkspaceArchiveRemoval }> {
  return {
    async create() {
      const { clients, close } = await connect(await start());
      const { s3 } = clients;
      await s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }));
      return { archives: createAwsWorkspaceArchives({ s3, bucket: 'artifacts' }), cleanup: close };
    },
  };
}

/** The secret store on a Secrets Manager. */
export function secretStoreHarness(start: () => Promise<FreshServer>): SecretStoreHarness {
  return {
    async create({ fleet, tenants }) {
      const { clients, close } = await connect(await start());
      const seeds = [
        ...seedsUnder('outpost/', fleet),
        ...Object.entries(tenants).flatMap(([tenantId, own]) =>
          seedsUnder(`outpost/tenants/${tenantId}/`, own),
        ),
      ];
      for (const [Name, SecretString] of seeds)
        await clients.secrets.send(new CreateSecretCommand({ Name, SecretString }));
      return {
        secrets: createAwsSecretStore(clients),
        known: createAwsKnownSecrets(clients),
        cleanup: close,
      };
    },
  };
}

function seedsUnder(
  prefix: string,
  { agents = {}, github, git = {}, secrets = {} }: SecretSeed,
): [string, string][] {
  return [
    ...Object.entries(agents).map(([agent, value]): [string, string] => [`${prefix}agents/${agent}`, value]),
    ...(github === undefined ? [] : [[`${prefix}github`, github] as [string, string]]),
    ...Object.entries(git).map(([host, value]): [string, string] => [`${prefix}git/${host}`, value]),
    ...Object.entries(secrets).map(([name, value]): [string, string] => [prefix + name, value]),
  ];
}

export interface EventServer extends FreshServer {
  /** Of the SQS that the rules deliver to. */
  readonly sqsUrl: string;
  /** Has a rule deliver all events of Outpost on this bus to this queue. */
  route(params: {
    readonly events: AwsClients['events'];
    readonly busName: string;
    readonly queueUrl: string;
  }): Promise<void>;
}

/** The event bus on an EventBridge with a rule that delivers to a queue. */
export function eventBusHarness(start: () => Promise<EventServer>): Harness<EventBusSubject> {
  return {
    async create() {
      const server = await start();
      const { clients, close } = await connect(server);
      const { events } = clients;
      const busName = 'outpost-events';
      const sqs = createSqsClient(server.sqsUrl);
      const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'costs' }));
      await server.route({ events, busName, queueUrl });
      return {
        events: createAwsEventBus({ events, busName }),
        consumed: async () => eventsIn((await drainQueue(sqs, queueUrl)) as EventEnvelope<OutpostEvent>[]),
        async cleanup() {
          sqs.destroy();
          await close();
        },
      };
    },
  };
}

/** Each once, in the order of their ids: a queue promises neither. */
function eventsIn(envelopes: readonly EventEnvelope<OutpostEvent>[]): OutpostEvent[] {
  const byId = new Map(envelopes.map(({ detail }) => [detail.eventId, detail]));
  return [...byId.values()].toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

async function connect(server: FreshServer): Promise<{ clients: AwsClients; close(): Promise<void> }> {
  const clients = createTestClients(server.endpoints);
  return {
    clients,
    async close() {
      clients.destroy();
      await server.close();
    },
  };
}
