import type { FailureClass } from '@outpost/contracts';

/** A phase that failed for a reason with a name. */
export class PhaseError extends Error {
  override readonly name = 'PhaseError';
  readonly failureClass: FailureClass;

  constructor(failureClass: FailureClass, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.failureClass = failureClass;
  }
}

/** Runs a phase; what it rejects with counts as `failureClass`, unless it says more itself. */
export async function asPhase<T>(failureClass: FailureClass, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof PhaseError) throw error;
    throw new PhaseError(failureClass, messageOf(error), { cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
