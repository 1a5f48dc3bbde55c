import {
  costOf,
  LIMITS,
  type Changes,
  type RecordIn,
  type StageTimings,
  type Verification,
} from '@outpost/contracts';
import type { AgentResult, Conclusion } from './conclusion.js';
import type { End } from './phases/report.js';

interface OutcomeParams {
  readonly record: RecordIn<'RUNNING'>;
  readonly conclusion: Conclusion;
  /** ISO 8601. */
  readonly completedAt: string;
  /** Undefined when the agent never ran, as are the changes when they could not be collected. */
  readonly result: AgentResult | undefined;
  readonly verification: Verification | undefined;
  readonly changes: Changes | undefined;
  readonly manifestSha256: string | undefined;
  readonly timings: StageTimings;
}

/** The end of a run as its record will have it. */
export function outcomeOf(params: OutcomeParams): End {
  const { record, conclusion, completedAt, result, verification, changes, manifestSha256, timings } = params;
  const { status, failure } = conclusion;
  const { exit, verdict } = result ?? {};
  const durationMs = Math.max(0, Date.parse(completedAt) - Date.parse(record.startedAt));
  const { modelId, tier, attempts: earlier } = record;
  const { usage, reportedCostUsd, finalMessage } = verdict ?? {};
  return {
    to: status,
    completedAt,
    exitCode: exit?.exitCode ?? null,
    errorMessage: failure?.message ?? null,
    ...(failure !== undefined && { failure }),
    ...(finalMessage !== undefined && { output: finalMessage.slice(0, LIMITS.outputMaxCharacters) }),
    ...(usage !== undefined && { usage }),
    cost: costOf({ modelId, tier, durationMs, earlier, usage, reportedCostUsd }),
    ...(verification !== undefined && { verification }),
    ...(changes !== undefined && { changes }),
    ...(manifestSha256 !== undefined && { manifestSha256 }),
    timings,
  };
}
