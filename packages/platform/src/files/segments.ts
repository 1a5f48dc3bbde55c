import { OutpostError } from '@outpost/contracts';

/** One name in a path or a key: no separator, no `..`, no hidden file, no wildcard. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.:@=+-]{0,127}$/;

export function isSegment(value: string): boolean {
  return SEGMENT.test(value) && !value.includes('..');
}

/** The value if it is fit to be one name in a path; else rejects it as the caller's mistake. */
export function checkedSegment(name: string, value: string): string {
  if (isSegment(value)) return value;
  throw new OutpostError(
    'VALIDATION_ERROR',
    `${name} must be 1 to 128 letters, digits or _.:@=+-, without "..".`,
  );
}
