/** Tells that a dispatch has ended, wherever its worker runs. */
export interface EventFeed {
  /**
   * Calls the listener soon after an event was published: a hint to look sooner, never the only way to know. Of
   * several control planes at least one is told. Call the answer to end it.
   */
  subscribe(listener: () => void): () => void;
}
