import fc from 'fast-check';

/** Names that mean something to JavaScript, whoever sends them. */
const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
];

const LONG = 100_000;
const DEEP = 20_000;

/** Text that has broken programs before. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ...PROTOTYPE_NAMES,
    '\0',
    'a\0b',
    '\ud800',
    '\u202Eabc',
    '\uFEFF',
    '🚀'.repeat(50),
    'e\u0301'.repeat(20),
    ' ',
    '\r\nX-Injected: 1',
    "' OR 1=1 --",
    '../../../../etc/passwd',
    '%00',
    '%',
    '%2',
    '%zz',
    '%C0%AF',
    '${7*7}',
    'null',
    'true',
    'NaN',
    '-1',
    '0x10',
    '1e309',
    '9'.repeat(40),
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '$(touch fuzzed)',
    '--upload-pack=touch fuzzed',
    '-',
  ),
  fc.nat(LONG).map((length) => 'x'.repeat(length)),
);

export const oddName: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...PROTOTYPE_NAMES), oddText);

const oddNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 0.5, -1, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324),
);

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  oddNumber,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]),
  fc.array(oddText, { maxLength: 30 }),
  fc.dictionary(oddName, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
  fc.nat(200_000).map((length) => Array.from({ length }, () => 1)),
);

type Edit = (value: unknown) => unknown;

/** One change of a JSON value, at its top or anywhere in it. */
export const jsonEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.nat(), oddValue).map(([which, odd]): Edit => {
    return (value) => onEntry(value, which, (entries, at) => entries.with(at, [entries[at]![0], odd]));
  }),
  fc.nat().map((which): Edit => {
    return (value) => onEntry(value, which, (entries, at) => entries.toSpliced(at, 1));
  }),
  fc.tuple(oddName, oddValue).map(([name, odd]): Edit => {
    return (value) => onEntry(value, 0, (entries) => [...entries, [name, odd]]);
  }),
  oddValue.map((odd): Edit => {
    return () => odd;
  }),
  fc.constant<Edit>((value) => [value]),
);

/** JSON text: as it is, or no longer JSON, or JSON that no careful program writes. */
export const textEdit: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc.tuple(fc.nat(), oddText).map(([at, odd]) => (text: string) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + odd + text.slice(place);
  }),
  oddText.map((odd) => () => odd),
  fc.nat(DEEP).map((depth) => () => '['.repeat(depth) + ']'.repeat(depth)),
  fc.nat(DEEP).map((depth) => () => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  // A name twice, and one that an object literal would take for its prototype.
  fc.constant((text: string) => text.replace(/^\{/, '{"__proto__":{"agent":"codex"},"agent":7,')),
  fc
    .nat(100_000)
    .map((names) => () => `{${Array.from({ length: names }, (_, index) => `"k${index}":0`).join(',')}}`),
);

type Entry = readonly [name: string, value: unknown];

// By entries: an assignment to `__proto__` would be none.
function onEntry(
  value: unknown,
  which: number,
  edit: (entries: readonly Entry[], at: number) => readonly Entry[],
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries: readonly Entry[] = Object.entries(value);
  if (entries.length === 0) return value;
  const edited = edit(entries, which % entries.length);
  return Array.isArray(value) ? edited.map(([, each]) => each) : Object.fromEntries(edited);
}
