import type { TokenUsage } from '@outpost/contracts';
import { asCost, asCount } from './json.js';

const TOKENS = /^Tokens: (?<sent>[\d.,]+[kM]?) sent(?<cache>.*?), (?<received>[\d.,]+[kM]?) received\./;
const CACHE_WRITE = /, ([\d.,]+[kM]?) cache write/;
const CACHE_HIT = /, ([\d.,]+[kM]?) cache hit/;
const COST = /Cost: \$[\d.,]+ message, \$(?<session>[\d.,]+) session\./;

const FACTORS: Readonly<Record<string, number>> = { k: 1000, M: 1_000_000 };

/**
 * Reads aider's report on one answer, such as `Tokens: 5.8k sent, 1.2k cache write, 3k cache hit, 133 received.`
 * Undefined for any other line. Aider rounds to two digits or to thousands, so this is an estimate; what it
 * calls sent has the cached tokens in it.
 */
export function parseTokenReport(line: string): TokenUsage | undefined {
  const groups = TOKENS.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const cache = groups['cache'] ?? '';
  const cacheReadTokens = tokens(CACHE_HIT.exec(cache)?.[1]);
  const cacheWriteTokens = tokens(CACHE_WRITE.exec(cache)?.[1]);
  return {
    inputTokens: Math.max(0, tokens(groups['sent']) - cacheReadTokens - cacheWriteTokens),
    outputTokens: tokens(groups['received']),
    cacheReadTokens,
    cacheWriteTokens,
  };
}

/** Reads the cost of the session so far, in US dollars; it stands on the report's line or on the next one. */
export function parseSessionCost(line: string): number | undefined {
  const session = COST.exec(line)?.groups?.['session'];
  return session === undefined ? undefined : asCost(Number(session.replaceAll(',', '')));
}

function tokens(text: string | undefined): number {
  if (text === undefined) return 0;
  const factor = FACTORS[text.at(-1) ?? ''] ?? 1;
  return asCount(Number.parseFloat(text.replaceAll(',', '')) * factor);
}
