import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 50;

/** Asks until there is an answer. There is no limit here: the test's own ends it. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(PAUSE_MS);
  }
}
