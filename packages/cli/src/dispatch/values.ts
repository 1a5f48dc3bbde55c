import { InvalidArgumentError } from 'commander';

export function wholeNumber(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number.');
}

/** For an option that may be repeated. */
export function addTo(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function addTag(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Must be name=value.');
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}
