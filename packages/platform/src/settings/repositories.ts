import { z } from 'zod';
import type { RemotePolicy } from '../git/remote-policy.js';
import { hostPatterns } from './host-patterns.js';

/** Which hosts repositories may be on: what a control plane and its workers are both told. */
export const RepositorySettingsSchema = z
  .object({
    OUTPOST_MODE: z.enum(['local', 'aws']).default('local'),
    OUTPOST_REPOSITORY_HOSTS: hostPatterns.default(['*']),
    OUTPOST_PRIVATE_REPOSITORY_HOSTS: hostPatterns.optional(),
  })
  .transform((env): RemotePolicy => ({
    hosts: env.OUTPOST_REPOSITORY_HOSTS,
    // Who may name a path of this machine could as well name one of its ports.
    privateHosts: env.OUTPOST_PRIVATE_REPOSITORY_HOSTS ?? (env.OUTPOST_MODE === 'local' ? ['*'] : []),
  }));

const MB = 1024 ** 2;

const wholeNumber = z
  .string()
  .transform(Number)
  .refine((value) => Number.isSafeInteger(value) && value > 0, {
    error: 'must be a whole number, 1 or more',
  });

/** How large a repository may be. */
export const RepositoryLimitsSchema = z
  .object({
    OUTPOST_MAX_REPOSITORY_MB: wholeNumber.default(2_048),
    OUTPOST_MAX_REPOSITORY_FILES: wholeNumber.default(200_000),
  })
  .transform((env) => ({
    maxBytes: env.OUTPOST_MAX_REPOSITORY_MB * MB,
    maxFiles: env.OUTPOST_MAX_REPOSITORY_FILES,
  }));
