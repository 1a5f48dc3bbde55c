import {
  ARTIFACT_NAMES,
  CreateDispatchSchema,
  DispatchSchema,
  ERROR_STATUS,
  LIMITS,
  ROUTES,
} from '@outpost/contracts';
import { readDocument } from '@outpost/test-support';
import { expect, it } from 'vitest';
import { tableBelow, tablesIn } from './tables.js';

const { text } = readDocument('docs/api.md');

const section = (title: string): string => text.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!;
const firstCells = (rows: readonly (readonly string[])[]): string[] => rows.map(([cell]) => cell!);

it('docs/api.md has every error, with its status and what to do', () => {
  const documented = tableBelow(text, 'Errors').map(([code, status, when, what]) => {
    expect(when).not.toBe('');
    expect(what).not.toBe('');
    return [code, Number(status)];
  });
  expect(documented).toEqual(Object.entries(ERROR_STATUS));
});

it('docs/api.md has every route, with who may call it', () => {
  const routes = Object.values(ROUTES).map(({ method, path, access }) => [
    `${method.toUpperCase()} ${path}`,
    access,
  ]);
  expect(tableBelow(text, 'All routes')).toEqual(routes);
});

it('docs/api.md has every field of a dispatch that may be asked for, and of a result only such as there are', () => {
  const asked = firstCells(tableBelow(text, 'Dispatch a task'));
  expect(asked.toSorted()).toEqual(Object.keys(CreateDispatchSchema.shape).toSorted());
  const shown = firstCells(tableBelow(text, 'Read the result')).flatMap((cell) => cell.split(', '));
  expect(Object.keys(DispatchSchema.shape)).toEqual(expect.arrayContaining(shown));
});

it('docs/api.md has every artifact', () => {
  const [, artifacts] = tablesIn(section('Read the result'));
  expect(firstCells(artifacts!)).toEqual([...ARTIFACT_NAMES, 'artifacts/…']);
});

it.each([
  ['Dispatch a task', `${LIMITS.taskMinCharacters} to ${number(LIMITS.taskMaxCharacters)} characters`],
  ['Dispatch a task', `${LIMITS.timeoutMinSeconds} to ${number(LIMITS.timeoutMaxSeconds)}`],
  ['Dispatch a task', `up to ${LIMITS.tagsMax} names`],
  ['Dispatch a task', `up to ${LIMITS.verifyAttemptsMax} `],
  ['Be safe against repeats', `up to ${LIMITS.idempotencyKeyMaxCharacters} characters`],
  ['Be safe against repeats', `within ${LIMITS.idempotencyKeyHours} hours`],
  [
    'Read the result',
    `${LIMITS.artifactUrlMinSeconds} to ${number(LIMITS.artifactUrlMaxSeconds)}; ${LIMITS.artifactUrlDefaultSeconds}`,
  ],
  ['List', `up to ${LIMITS.pageMaxItems} (${LIMITS.pageDefaultItems})`],
  ['List', `for ${LIMITS.dispatchTtlDays} days`],
  ['Queue and limits', `${LIMITS.bodyMaxBytes / 1024 ** 2} MB, and ${number(LIMITS.bodyMaxValues)} values`],
])('docs/api.md, "%s", has the limit as it is: %s', (title, words) => {
  expect(section(title).replaceAll(/\s+/g, ' ')).toContain(words);
});

function number(value: number): string {
  return value.toLocaleString('en');
}
