import { z } from 'zod';
import { LIMITS } from './limits.js';

/** A shell command of the caller's, run in the repository after the agent. */
export const VerifyCommandSchema = z
  .string()
  .max(LIMITS.verifyMaxCharacters, `must be at most ${LIMITS.verifyMaxCharacters} characters`)
  .refine((command) => command.trim() !== '' && !command.includes('\0'), {
    error: 'must be a shell command, e.g. npm test',
  })
  .meta({
    description:
      'A shell command that is run in the repository after the agent, in the same sandbox. Unless it exits with 0 the dispatch is FAILED: verification_failed.',
    example: 'npm test',
  });

export const VerifyAttemptsSchema = z.int().min(0).max(LIMITS.verifyAttemptsMax).meta({
  description: 'How often a failed verification is handed back to the agent. Default: 0.',
});

/** What the last run of the command came to. */
export const VerificationSchema = z
  .strictObject({
    command: z.string(),
    passed: z.boolean(),
    exitCode: z
      .int()
      .nullable()
      .meta({ description: 'Of the last run; null when it did not end by itself.' }),
    durationMs: z.number().nonnegative().meta({ description: 'Of the last run.' }),
    attempts: z.int().positive().meta({ description: 'How often it was run.' }),
    outputTail: z.string().meta({ description: 'The end of what the last run printed.' }),
  })
  .meta({ id: 'Verification', description: 'What `verify` came to after the last run of the agent.' });
export type Verification = z.infer<typeof VerificationSchema>;
