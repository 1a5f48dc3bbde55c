/**
 * The path of a request, from a template whose values are ids: path`/dispatch/${dispatchId}/logs`.
 * An id stays one segment, whatever it holds; one that cannot be a segment is a TypeError.
 */
export function path(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((whole, part, index) => `${whole}${segmentOf(ids[index - 1])}${part}`);
}

function segmentOf(id: unknown): string {
  if (typeof id !== 'string' || id === '')
    throw new TypeError(`An id must be a string that is not empty, not ${shown(id)}.`);
  // A URL takes these for steps in its path, encoded or not.
  if (id === '.' || id === '..') throw new TypeError(`An id cannot be "${id}".`);
  return encodeURIComponent(id);
}

/** A wrong value for a message: what it is, without its content. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '')
    return value === '' ? 'an empty one' : String(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
