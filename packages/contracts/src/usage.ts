import { z } from 'zod';

const Tokens = z.int().nonnegative();

/** Tokens that a run used. `inputTokens` excludes what the provider's cache served or stored. */
export const TokenUsageSchema = z
  .strictObject({
    inputTokens: Tokens,
    outputTokens: Tokens,
    cacheReadTokens: Tokens,
    cacheWriteTokens: Tokens,
  })
  .meta({ id: 'TokenUsage', description: 'Tokens used by a run. inputTokens excludes cached ones.' });
export type TokenUsage = z.infer<typeof TokenUsageSchema>;
