/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** A dated snapshot of list prices: no catalogue on npm is current, so it is data and is reviewed like code. */
export const PRICES_AS_OF = '2026-01-14';

/** Sources: the providers' public price pages (Anthropic, OpenAI, Google AI, DeepSeek, xAI), at PRICES_AS_OF. */
export const MODEL_PRICES: Readonly<Record<string, ModelPrice>> = {
  'claude-opus-4-5-20251101': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'claude-sonnet-4-5-20250929': { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  'claude-haiku-4-5-20251001': { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
  'gpt-5.2-codex': { input: 1.75, output: 14, cacheRead: 0.175, cacheWrite: 1.75 },
  'gpt-5.2': { input: 1.75, output: 14, cacheRead: 0.175, cacheWrite: 1.75 },
  'gemini-3-pro-preview': { input: 2, output: 12, cacheRead: 0.2, cacheWrite: 2 },
  'gemini-2.5-pro': { input: 1.25, output: 10, cacheRead: 0.125, cacheWrite: 1.25 },
  // The user's own figure for DeepSeek (about $0.14 a million tokens) is its cached and uncached mix; these are the list prices.
  'deepseek/deepseek-coder': { input: 0.28, output: 0.42, cacheRead: 0.028, cacheWrite: 0.28 },
  'grok-4.1': { input: 3, output: 15, cacheRead: 0.75, cacheWrite: 3 },
};

/** AWS Fargate on demand, Linux on arm64, us-east-1, at PRICES_AS_OF. Local workers are priced the same, so that runs compare. */
export const COMPUTE_PRICES = {
  vcpuHourUsd: 0.03238,
  memoryGbHourUsd: 0.00356,
} as const;
