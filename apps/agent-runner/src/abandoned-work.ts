const underWay = new Set<Promise<unknown>>();

/**
 * Notes work that did not end when it was told to, and that nobody waits for any more. It may hold a thread of this
 * process, and it may still write: until it ends, this process is fit for nothing but its end.
 */
export function abandon(work: Promise<unknown>): void {
  underWay.add(work);
  const forget = (): unknown => underWay.delete(work);
  work.then(forget, forget);
}

export function hasAbandonedWork(): boolean {
  return underWay.size > 0;
}
