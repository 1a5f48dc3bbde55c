import { constants } from 'node:os';
import { CliError } from './cli-error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm and a terminal both pass a Ctrl-C on: what comes so soon after the first is not a second one. */
const REPEAT_WINDOW_MS = 1_000;

/** Somebody asked the command to stop. */
class Interrupted extends CliError {
  constructor(signal: (typeof SIGNALS)[number]) {
    super('Interrupted.', { exitCode: 128 + constants.signals[signal] });
  }
}

/** Runs work whose signal is aborted by Ctrl-C and its kin; a second one ends the process at once. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let interruptedAt: number | undefined;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    const now = performance.now();
    if (interruptedAt === undefined) {
      interruptedAt = now;
      controller.abort(new Interrupted(signal));
    } else if (now - interruptedAt > REPEAT_WINDOW_MS) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
