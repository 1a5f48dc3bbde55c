import { setImmediate as turn } from 'node:timers/promises';
import type { LogEvent } from '../services/live-log.js';
import { LogFollower } from '../services/log-follower.js';
import { scriptedLog, type ScriptedLog, type ScriptedReads } from './scripted-log.js';

export const KEY = { tenantId: 'acme', dispatchId: 'd' };

export interface ScriptedFollowers extends ScriptedLog {
  readonly follower: LogFollower;
  listen(cursor?: string): Listener;
}

/** A log in memory, and a LogFollower that reads it in batches of 4 lines and keeps 5. */
export function startFollowers(reads: ScriptedReads = {}): ScriptedFollowers {
  const log = scriptedLog(reads);
  const follower = new LogFollower({ ...log, batchLines: 4, window: { lines: 5, characters: 1_000 } });
  return { ...log, follower, listen: (cursor) => new Listener(follower, cursor) };
}

/** Somebody who follows the log, as slowly as a test wants. */
export class Listener {
  readonly seen: string[] = [];
  /** `over`, or the error; never rejects. */
  readonly ended: Promise<string>;
  readonly #stop = new AbortController();
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(follower: LogFollower, cursor: string | undefined) {
    this.ended = this.#run(follower, cursor).catch(String);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Takes one more event, and no other until it is released. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
  }

  async #run(follower: LogFollower, cursor: string | undefined): Promise<string> {
    for await (const event of await follower.follow({ ...KEY, cursor, signal: this.signal })) {
      this.seen.push(textOf(event));
      await this.#gate?.promise;
    }
    return 'over';
  }
}

/** All that can happen without a tick has happened. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
}

export function textOf(event: LogEvent): string {
  return event.type === 'log' ? event.line.text : `end ${event.status}`;
}
