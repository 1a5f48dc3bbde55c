import { AGENT_NAMES, readPerAgent, type AgentName } from '@outpost/contracts';
import { delimiter, isAbsolute } from 'node:path';
import { z } from 'zod';
import { SANDBOX_NAMES } from '../sandbox/sandbox.js';
import { hostPatterns } from './host-patterns.js';

const paths = z
  .string()
  .transform((text) => text.split(delimiter).filter((path) => path !== ''))
  .refine((each) => each.every((path) => isAbsolute(path) && path !== '/'), {
    error: 'must name absolute paths, separated by colons',
  });

const MAX_USER = 2 ** 31;

/** As `localhost/outpost-claude:latest`; what exactly is right the engine knows. */
const image = z
  .string()
  .regex(/^[\w.:@/-]+$/, 'must be the name of an image, e.g. registry.example.com/claude:1');

type ImageVariable = `OUTPOST_AGENT_IMAGE_${Uppercase<AgentName>}`;

const Images = Object.fromEntries(
  AGENT_NAMES.map((agent) => [imageVariable(agent), image.optional()]),
) as Record<ImageVariable, z.ZodOptional<typeof image>>;

function imageVariable(agent: AgentName): ImageVariable {
  return `OUTPOST_AGENT_IMAGE_${agent.toUpperCase() as Uppercase<AgentName>}`;
}

/** How agents are kept apart: what a control plane and its workers are both told. */
export const SandboxSettingsSchema = z
  .object({
    OUTPOST_SANDBOX: z
      .enum(['auto', ...SANDBOX_NAMES], `must be auto or one of ${SANDBOX_NAMES.join(', ')}`)
      .default('auto'),
    OUTPOST_AGENT_UID: z
      .string()
      .transform(Number)
      .refine((id) => Number.isInteger(id) && id > 0 && id < MAX_USER, {
        error: 'must be the id of a user that is not root',
      })
      .optional(),
    OUTPOST_SANDBOX_READABLE: paths.default([]),
    OUTPOST_EGRESS_HOSTS: hostPatterns.default(['*']),
    DOCKER_HOST: z.string().optional(),
    CONTAINER_HOST: z.string().optional(),
    XDG_RUNTIME_DIR: z.string().optional(),
    ...Images,
  })
  .transform((env) => ({
    wanted: env.OUTPOST_SANDBOX,
    agentUser: env.OUTPOST_AGENT_UID,
    readable: env.OUTPOST_SANDBOX_READABLE,
    egressHosts: env.OUTPOST_EGRESS_HOSTS,
    engine: { host: env.CONTAINER_HOST ?? env.DOCKER_HOST, runtimeDir: env.XDG_RUNTIME_DIR },
    images: readPerAgent((agent) => env[imageVariable(agent)]),
  }));
export type SandboxSettings = z.infer<typeof SandboxSettingsSchema>;
