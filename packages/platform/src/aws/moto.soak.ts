import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, describe } from 'vitest';
import { startMoto, type MotoServer } from '../testing/aws/moto.js';
import {
  artifactStoreHarness,
  eventBusHarness,
  secretStoreHarness,
  type EventServer,
} from '../testing/aws/harnesses.js';
import { workspaceVolumesHarness } from '../testing/aws/workspace-volumes-harness.js';
import {
  describeArtifactStoreConformance,
  describeEventBusConformance,
  describeSecretStoreConformance,
  describeWorkspaceVolumesConformance,
} from '../testing/index.js';
import { EVENT_SOURCE } from './event-bus.js';

/**
 * One server for all: starting it costs more than all that is asked of it. The task runner is not among them: moto's
 * ECS starts no container.
 */
const moto = await startMoto();

describe.skipIf(moto === undefined)('moto', () => {
  if (moto === undefined) return;
  afterAll(() => moto.close());

  describeArtifactStoreConformance(
    'moto',
    artifactStoreHarness(() => freshly(moto)),
    {
      'shows a reader one version or another, never a mixture':
        'moto has no object for a moment while it replaces one',
      'deletes all of a dispatch, and nothing else, as often as it is told':
        'moto answers 403 to a signed URL of no object, S3 404',
      'lead to nothing while there is no artifact': 'moto answers 403 to a signed URL of no object, S3 404',
    },
  );
  describeSecretStoreConformance(
    'moto',
    secretStoreHarness(() => freshly(moto)),
  );
  describeEventBusConformance(
    'moto',
    eventBusHarness(() => freshly(moto)),
  );
  describeWorkspaceVolumesConformance(
    'moto',
    workspaceVolumesHarness(() => freshly(moto)),
  );
});

/** Without data: what a test before this one made is forgotten. */
async function freshly({ url, reset }: MotoServer): Promise<EventServer> {
  await reset();
  return {
    endpoints: { s3: url, secrets: url, events: url, efs: url, ecs: url },
    sqsUrl: url,
    async route({ events, busName, queueUrl }) {
      const rule = { EventBusName: busName, Rule: 'costs' };
      const queue = `arn:aws:sqs:us-east-1:123456789012:${queueUrl.split('/').at(-1)}`;
      await events.send(new CreateEventBusCommand({ Name: busName }));
      await events.send(
        new PutRuleCommand({
          EventBusName: busName,
          Name: rule.Rule,
          EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }),
        }),
      );
      await events.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: 'queue', Arn: queue }] }));
    },
    close: async () => {},
  };
}
