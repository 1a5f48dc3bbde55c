/** A JSON object of unknown shape: what a CLI prints is its own, and changes between versions. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** More than this is a mistake of the CLI, or a lie. */
const MAX_COST_USD = 1_000_000;

const EMPTY: JsonObject = {};

/** The object on a line; undefined when the line holds anything else. */
export function parseJsonObject(line: string): JsonObject | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return asObject(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The object under a key; empty when there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  return asObject(object[key]) ?? EMPTY;
}

/** The objects in the array under a key; anything else in it is left out. */
export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key];
  if (!Array.isArray(value)) return [];
  return value.map(asObject).filter((item) => item !== undefined);
}

/** The string under a key; undefined when there is none, or it is empty. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The finite number under a key. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The number under a key as a count: whole, not negative, 0 when there is none. */
export function countAt(object: JsonObject, key: string): number {
  return asCount(numberAt(object, key) ?? 0);
}

/** The amount in US dollars under a key; undefined when there is none that a run can have cost. */
export function costAt(object: JsonObject, key: string): number | undefined {
  return asCost(numberAt(object, key));
}

/** What a CLI says is not to be trusted: a count that is no number is 0, and none is larger than a record can hold. */
export function asCount(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(value)));
}

export function asCost(usd: number | undefined): number | undefined {
  return usd !== undefined && usd >= 0 && usd <= MAX_COST_USD ? usd : undefined;
}

function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
