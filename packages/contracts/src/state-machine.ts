import {
  DispatchSpecSchema,
  type Attempt,
  type DispatchRecord,
  type DispatchStatus,
  type Outcome,
} from './dispatch.js';
import type { TierName } from './tiers.js';
import { TRANSITIONS, type TerminalStatus } from './transitions.js';

/** States that hold a slot of their agent and of their tenant. */
export const SLOT_HOLDING = ['PENDING', 'RUNNING'] as const satisfies readonly DispatchStatus[];

/** Out of the queue. */
export interface Admission {
  readonly to: 'PENDING';
  readonly pendingAt: string;
  readonly attempt: 1;
}

/** To another attempt: what belonged to the last one is in `attempts` from now on. */
export interface Relaunch {
  readonly to: 'PENDING';
  readonly pendingAt: string;
  readonly attempt: number;
  readonly attempts: readonly Attempt[];
  readonly tier: TierName;
}

/** One step of a dispatch's life, with all that the step writes. */
export type DispatchMove =
  | Admission
  | Relaunch
  | {
      readonly to: 'RUNNING';
      readonly startedAt: string;
      readonly heartbeatAt: string;
      readonly stage: 'claim';
      /** The task that took it, which its launcher may not have noted yet. */
      readonly taskArn: string;
    }
  | ({ readonly to: TerminalStatus } & Outcome);

/** What a driver's conditional write has to check for a move: one write, one winner. */
export interface MoveGuard {
  readonly from: readonly DispatchStatus[];
  /** An acknowledged cancellation is final: from then on only CANCELLED is a legal end. */
  readonly notCancelled: boolean;
}

export function guardOf(move: DispatchMove): MoveGuard {
  const from = (Object.keys(TRANSITIONS) as DispatchStatus[]).filter(
    (status) =>
      TRANSITIONS[status].includes(move.to) &&
      (move.to !== 'PENDING' || isRelaunch(move) === (status !== 'QUEUED')),
  );
  return { from, notCancelled: move.to !== 'CANCELLED' };
}

function isRelaunch(move: Admission | Relaunch): move is Relaunch {
  return 'attempts' in move;
}

export function allows(record: DispatchRecord, move: DispatchMove): boolean {
  const { from, notCancelled } = guardOf(move);
  return from.includes(record.status) && !(notCancelled && isCancelRequested(record));
}

export function isCancelRequested(record: DispatchRecord): boolean {
  return 'cancelRequestedAt' in record && record.cancelRequestedAt !== undefined;
}

/** The record after a legal move. Throws a TypeError on an illegal one: callers ask `allows` first. */
export function apply(record: DispatchRecord, move: DispatchMove): DispatchRecord {
  if (!allows(record, move)) throw new TypeError(`${record.status} does not move to ${move.to}`);
  const { to, ...written } = move;
  const next: Record<string, unknown> = { ...record, ...written, status: to };
  for (const field of leftBehind(to)) Reflect.deleteProperty(next, field);
  return next as DispatchRecord;
}

const OF_A_RUN = ['heartbeatAt', 'stage'] as const;
const OF_AN_ATTEMPT = [...OF_A_RUN, 'taskArn', 'workerId', 'startedAt', 'timings'] as const;

/** Fields that belong to an earlier state, and go when a move leaves it. Drivers remove them in the same write. */
export function leftBehind(to: DispatchMove['to']): readonly (typeof OF_AN_ATTEMPT)[number][] {
  if (to === 'PENDING') return OF_AN_ATTEMPT;
  return to === 'RUNNING' ? [] : OF_A_RUN;
}

/**
 * The record as it stood when it was accepted: what a replay of the request is answered. Its fields and tags are in
 * an order of their own, as a store may give them back in any.
 */
export function asAccepted(record: DispatchRecord, status: 'PENDING' | 'QUEUED'): DispatchRecord {
  const tags = Object.fromEntries(Object.entries(record.tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const spec = DispatchSpecSchema.strip().parse({ ...record, tags, tier: firstTier(record) });
  return status === 'QUEUED'
    ? { ...spec, status }
    : { ...spec, status, pendingAt: spec.createdAt, attempt: 1 };
}

/** The tier that was asked for: a later attempt may have been given a larger one. */
export function firstTier(record: DispatchRecord): TierName {
  return ('attempts' in record ? record.attempts?.[0]?.tier : undefined) ?? record.tier;
}
