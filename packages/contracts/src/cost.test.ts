import { describe, expect, it } from 'vitest';
import { AGENT_NAMES, AGENTS } from './agents.js';
import { costOf } from './cost.js';
import { MODEL_PRICES } from './prices.js';

const usage = {
  inputTokens: 1_000_000,
  outputTokens: 100_000,
  cacheReadTokens: 2_000_000,
  cacheWriteTokens: 40_000,
};

describe('cost', () => {
  it('takes tokens by the price table, each kind at its own price', () => {
    const cost = costOf({
      modelId: 'claude-opus-4-5-20251101',
      tier: 'flagship',
      durationMs: 0,
      usage,
      reportedCostUsd: 99,
    });
    expect(cost).toEqual({
      currency: 'USD',
      compute: 0,
      llm: 5 + 2.5 + 1 + 0.25,
      total: 8.75,
      basis: 'price-table',
    });
  });

  it('takes compute by the tier: ten minutes of a flagship worker', () => {
    const cost = costOf({
      modelId: 'x',
      tier: 'flagship',
      durationMs: 600_000,
      usage: undefined,
      reportedCostUsd: undefined,
    });
    expect(cost.compute).toBeCloseTo((2 * 0.03238 + 4 * 0.00356) / 6, 6);
    expect(cost).toMatchObject({ llm: 0, basis: 'unknown' });
  });

  it('adds the compute of earlier attempts, each by its own tier; one that no worker took cost nothing', () => {
    const attempt = (tier: 'fast' | 'balanced' | 'flagship', startedAt: string | undefined) => ({
      tier,
      startedAt,
      endedAt: '2026-11-23T12:10:00.000Z',
    });
    const input = { modelId: 'x', tier: 'balanced', durationMs: 600_000 } as const;
    const unknown = { usage: undefined, reportedCostUsd: undefined };
    const cost = costOf({
      ...input,
      ...unknown,
      earlier: [
        attempt('flagship', undefined),
        attempt('fast', '2026-11-23T12:00:00.000Z'),
        // A clock was set back meanwhile.
        attempt('flagship', '2026-11-23T12:11:00.000Z'),
      ],
    });
    const tenMinutes = (vcpus: number, gigabytes: number): number =>
      (vcpus * 0.03238 + gigabytes * 0.00356) / 6;
    expect(cost.compute).toBeCloseTo(tenMinutes(0.5, 1) + tenMinutes(1, 2), 6);
    expect(cost).toMatchObject({ total: cost.compute, llm: 0 });
    expect(costOf({ ...input, ...unknown, earlier: [] })).toEqual(costOf({ ...input, ...unknown }));
  });

  it('falls back to what the CLI says for a model without a price', () => {
    const cost = costOf({ modelId: 'new-model', tier: 'fast', durationMs: 0, usage, reportedCostUsd: 0.5 });
    expect(cost).toMatchObject({ llm: 0.5, basis: 'reported' });
  });

  it.each(AGENT_NAMES)('knows the price of the default model of %s', (agent) => {
    expect(MODEL_PRICES[AGENTS[agent].defaultModelId]).toBeDefined();
  });
});
