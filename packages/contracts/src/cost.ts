import { z } from 'zod';
import { TIERS, type TierName } from './tiers.js';
import { COMPUTE_PRICES, MODEL_PRICES, type ModelPrice } from './prices.js';
import type { TokenUsage } from './usage.js';

const Usd = z.number().nonnegative();

/** What a dispatch cost, in US dollars. */
export const CostSchema = z
  .strictObject({
    currency: z.literal('USD'),
    compute: Usd,
    llm: Usd,
    total: Usd,
    basis: z.enum(['price-table', 'reported', 'unknown']).meta({
      description:
        'Where `llm` comes from: the dated price table, the CLI itself, or nowhere (then it is 0).',
    }),
  })
  .meta({ id: 'Cost', description: 'US dollars.' });
export type Cost = z.infer<typeof CostSchema>;

interface EarlierAttempt {
  readonly tier: TierName;
  /** ISO 8601; absent when no worker took it. */
  readonly startedAt?: string | undefined;
  readonly endedAt: string;
}

export interface CostInput {
  readonly modelId: string;
  readonly tier: TierName;
  /** Wall time of the worker. */
  readonly durationMs: number;
  /** Those before the last: their time was used as well. */
  readonly earlier?: readonly EarlierAttempt[] | undefined;
  readonly usage: TokenUsage | undefined;
  /** What the CLI says; used only for a model that the price table does not know. */
  readonly reportedCostUsd: number | undefined;
}

export function costOf(input: CostInput): Cost {
  const earlier = (input.earlier ?? []).map((attempt) =>
    computeCost(attempt.tier, attemptDurationMs(attempt)),
  );
  const compute = earlier.reduce((sum, cost) => sum + cost, computeCost(input.tier, input.durationMs));
  const { llm, basis } = llmCost(input);
  return {
    currency: 'USD',
    compute: roundUsd(compute),
    llm: roundUsd(llm),
    total: roundUsd(compute + llm),
    basis,
  };
}

function attemptDurationMs({ startedAt, endedAt }: EarlierAttempt): number {
  return startedAt === undefined ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}

function computeCost(tier: TierName, durationMs: number): number {
  const hours = durationMs / 3_600_000;
  const { cpuUnits, memoryMb } = TIERS[tier];
  return (
    hours *
    ((cpuUnits / 1024) * COMPUTE_PRICES.vcpuHourUsd + (memoryMb / 1024) * COMPUTE_PRICES.memoryGbHourUsd)
  );
}

// The CLI guesses a price for a model that it does not know, so the dated table comes first.
function llmCost({ modelId, usage, reportedCostUsd }: CostInput): { llm: number; basis: Cost['basis'] } {
  const price = MODEL_PRICES[modelId];
  if (price !== undefined && usage !== undefined)
    return { llm: tokenCost(price, usage), basis: 'price-table' };
  if (reportedCostUsd !== undefined) return { llm: reportedCostUsd, basis: 'reported' };
  return { llm: 0, basis: 'unknown' };
}

function tokenCost(price: ModelPrice, usage: TokenUsage): number {
  const perMillion =
    usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    usage.cacheReadTokens * price.cacheRead +
    usage.cacheWriteTokens * price.cacheWrite;
  return perMillion / 1_000_000;
}

/** To micro-dollars: a fast worker's second costs a few of them. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1_000_000) / 1_000_000;
}
