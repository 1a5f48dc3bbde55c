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
  })
  .transform((env) => ({
    wanted: env.OUTPOST_SANDBOX,
    agentUser: env.OUTPOST_AGENT_UID,
    readable: env.OUTPOST_SANDBOX_READABLE,
    egressHosts: env.OUTPOST_EGRESS_HOSTS,
  }));
export type SandboxSettings = z.infer<typeof SandboxSettingsSchema>;
