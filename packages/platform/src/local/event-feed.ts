import { closeSync, constants, openSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { endedDispatchIn } from '../feed/ended-dispatch.js';
import type { EventFeed, FeedListener } from '../ports/index.js';
import { LineTail } from './line-tail.js';

const TOUCH = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

export interface LocalEventFeed extends EventFeed {
  /** Ends all subscriptions. */
  close(): void;
}

/** Watches `events.jsonl`, which every process of this machine publishes to. */
export function createLocalEventFeed({ dataDir }: { readonly dataDir: string }): LocalEventFeed {
  const path = join(dataDir, 'events.jsonl');
  const watchers = new Set<FileWatcher>();
  return {
    subscribe(listener) {
      const watcher = new FileWatcher(path, listener);
      watchers.add(watcher);
      return () => {
        watcher.end();
        watchers.delete(watcher);
      };
    },
    close() {
      for (const watcher of watchers) watcher.end();
      watchers.clear();
    },
  };
}

/** Follows the file, not the directory: the database in there changes all the time. */
class FileWatcher {
  readonly #path: string;
  readonly #listener: FeedListener;
  #lines: LineTail;
  #watcher: FSWatcher | undefined;
  #isEnded = false;

  constructor(path: string, listener: FeedListener) {
    this.#path = path;
    this.#lines = LineTail.fromEnd(path);
    this.#listener = listener;
    this.#watch();
  }

  end(): void {
    this.#isEnded = true;
    this.#watcher?.close();
  }

  #watch(): void {
    try {
      // It may not be there before the first event.
      closeSync(openSync(this.#path, TOUCH, 0o600));
      this.#watcher = watch(this.#path, { persistent: false }, (change) => this.#onChange(change));
      this.#watcher.on('error', () => this.end());
    } catch {
      // It cannot be watched, as when the system has no watch left: then nobody is given a hint.
    }
  }

  #onChange(change: 'rename' | 'change'): void {
    if (this.#isEnded) return;
    if (change === 'rename') {
      // Moved away, as to keep it from growing for ever: events go to a new file of that name.
      this.#watcher?.close();
      this.#lines = LineTail.fromStart(this.#path);
      this.#watch();
    }
    const lines = this.#lines.read();
    // One write may be told of as several changes.
    if (change === 'rename' || lines.length > 0)
      this.#listener(lines.flatMap((line) => endedDispatchIn(line) ?? []));
  }
}
