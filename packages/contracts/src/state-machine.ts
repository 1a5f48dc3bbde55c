import type { DispatchRecord, DispatchStatus, Outcome } from './dispatch.js';

export type TerminalStatus = 'COMPLETED' | 'FAILED' | 'TIMEOUT' | 'CANCELLED';

/** Every legal move. A terminal state never changes. */
export const TRANSITIONS: Readonly<Record<DispatchStatus, readonly DispatchStatus[]>> = {
  QUEUED: ['PENDING', 'FAILED', 'CANCELLED'],
  PENDING: ['RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  TIMEOUT: [],
  CANCELLED: [],
};

/** States that hold a slot of their agent and of their tenant. */
export const SLOT_HOLDING = ['PENDING', 'RUNNING'] as const satisfies readonly DispatchStatus[];

/** One step of a dispatch's life, with all that the step writes. */
export type DispatchMove =
  | { readonly to: 'PENDING'; readonly pendingAt: string; readonly launches: number }
  | {
      readonly to: 'RUNNING';
      readonly startedAt: string;
      readonly heartbeatAt: string;
      readonly stage: 'claim';
      /** The task that took it, which its launcher may not have noted yet. */
      readonly taskArn: string;
    }
  | ({ readonly to: TerminalStatus } & Outcome);

export function isTerminal(status: DispatchStatus): status is TerminalStatus {
  return TRANSITIONS[status].length === 0;
}

/** What a driver's conditional write has to check for a move: one write, one winner. */
export interface MoveGuard {
  readonly from: readonly DispatchStatus[];
  /** An acknowledged cancellation is final: from then on only CANCELLED is a legal end. */
  readonly notCancelled: boolean;
}

export function guardOf(move: DispatchMove): MoveGuard {
  const from = (Object.keys(TRANSITIONS) as DispatchStatus[]).filter((status) =>
    TRANSITIONS[status].includes(move.to),
  );
  return { from, notCancelled: move.to !== 'CANCELLED' };
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

/** Fields that belong to an earlier state, and go when a move leaves it. Drivers remove them in the same write. */
export function leftBehind(to: DispatchMove['to']): readonly ('pendingAt' | 'heartbeatAt' | 'stage')[] {
  if (to === 'PENDING') return [];
  return to === 'RUNNING' ? ['pendingAt'] : ['pendingAt', 'heartbeatAt', 'stage'];
}
