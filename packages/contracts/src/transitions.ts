import type { DispatchStatus } from './dispatch.js';

export type TerminalStatus = 'COMPLETED' | 'FAILED' | 'TIMEOUT' | 'CANCELLED';

/** Every legal move. A terminal state never changes. */
export const TRANSITIONS: Readonly<Record<DispatchStatus, readonly DispatchStatus[]>> = {
  QUEUED: ['PENDING', 'FAILED', 'CANCELLED'],
  // A dispatch whose worker was lost goes back to PENDING for another attempt; it keeps its slots.
  PENDING: ['PENDING', 'RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['PENDING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  TIMEOUT: [],
  CANCELLED: [],
};

export function isTerminal(status: DispatchStatus): status is TerminalStatus {
  return TRANSITIONS[status].length === 0;
}
