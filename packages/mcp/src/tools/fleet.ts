import { ArtifactListSchema, DispatchIdSchema, FleetSchema, HealthSchema, LIMITS } from '@outpost/contracts';
import { z } from 'zod';
import { defineTool } from '../tool.js';

const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

export const fleetTool = defineTool({
  name: 'outpost_fleet',
  title: 'The agents',
  description:
    'Every agent: whether it is available or why not, what it is good at, its model, its load and limits, success rate and durations.',
  input: {},
  output: FleetSchema.shape,
  annotations: READ_ONLY,
  call: async (_, { client, signal }) => client.fleet({ signal }),
});

export const artifactsTool = defineTool({
  name: 'outpost_get_artifacts',
  title: 'Artifacts of a dispatch',
  description:
    'What a dispatch left (changes.patch, output.log, summary.json, repo.bundle, …), each with a URL that needs no key and expires.',
  input: {
    dispatchId: DispatchIdSchema,
    expiresIn: z
      .int()
      .min(LIMITS.artifactUrlMinSeconds)
      .max(LIMITS.artifactUrlMaxSeconds)
      .default(LIMITS.artifactUrlDefaultSeconds)
      .meta({ description: 'Seconds for which the URLs are good.' }),
  },
  output: ArtifactListSchema.shape,
  annotations: READ_ONLY,
  call: async ({ dispatchId, expiresIn }, { client, signal }) =>
    client.artifacts.list(dispatchId, { expiresIn, signal }),
});

export const healthTool = defineTool({
  name: 'outpost_health',
  title: 'Whether Outpost serves',
  description: 'Whether the control plane answers, and its version.',
  input: {},
  output: HealthSchema.shape,
  annotations: READ_ONLY,
  call: async (_, { client, signal }) => client.health({ signal }),
});
