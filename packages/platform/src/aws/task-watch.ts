import type { TaskDescription } from '../ports/index.js';

/** Most tasks end after their dispatch, when nobody asks for them any more: those are forgotten, oldest first. */
const MAX_WATCHED = 1_000;

/** The tasks of this instance that were not seen to stop. */
export interface TaskWatch {
  add(taskArn: string): void;
  onStopped(listener: (taskArn: string) => void): void;
  /** Tells the listeners of those among them that have stopped, once. */
  observe(tasks: readonly TaskDescription[]): void;
}

export function createTaskWatch(): TaskWatch {
  const watched = new Set<string>();
  const listeners: ((taskArn: string) => void)[] = [];
  return {
    add(taskArn) {
      watched.add(taskArn);
      const [oldest] = watched;
      if (watched.size > MAX_WATCHED && oldest !== undefined) watched.delete(oldest);
    },
    onStopped: (listener) => {
      listeners.push(listener);
    },
    observe(tasks) {
      for (const { taskArn, state } of tasks) {
        if (state !== 'STOPPED' || !watched.delete(taskArn)) continue;
        for (const listener of listeners) listener(taskArn);
      }
    },
  };
}
