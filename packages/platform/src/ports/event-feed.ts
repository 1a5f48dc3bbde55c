import type { DispatchKey } from './dispatch-store.js';

/** Tells that a dispatch has ended, wherever its worker runs. */
export interface EventFeed {
  /**
   * Calls the listener soon after an event was published: a hint to look sooner, never the only way to know. Of
   * several control planes at least one is told. `ends` are the dispatches that have ended, where that is known:
   * rarely one is told of twice, or to nobody. Call the answer to end it.
   */
  subscribe(listener: FeedListener): () => void;
}

export type FeedListener = (ends: readonly DispatchKey[]) => void;
