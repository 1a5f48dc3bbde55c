import { OutpostClient } from '@outpost/client';
import { ERROR_STATUS } from '@outpost/contracts';
import { readDocument, section } from '@outpost/test-support';
import { expect, it } from 'vitest';

const README = readDocument('packages/client/README.md');

const words = (cell = ''): string[] => [...cell.matchAll(/`(\w+)(?:\(\))?`/g)].map(([, word]) => word!);

function rows(title: string): readonly (readonly string[])[] {
  const lines = section(README, title).text.split('\n');
  return lines.filter((line) => line.startsWith('| `')).map((line) => line.split('|').slice(1, -1));
}

function methodsOf(value: object): string[] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(value));
  return names.filter((name) => name !== 'constructor');
}

it('the README of the client has all that a client has', () => {
  const client = new OutpostClient({ baseUrl: 'http://127.0.0.1:1', apiKey: `otp_${'0'.repeat(64)}` });
  const parts = new Map(Object.entries(client).map(([name, part]) => [name, methodsOf(part as object)]));
  const told = rows('The rest');
  const calls = told.filter(([name]) => name!.includes('()')).flatMap(([name]) => words(name));
  expect(calls.toSorted()).toEqual(methodsOf(client).toSorted());
  const toldParts = told
    .filter(([name]) => !name!.includes('()'))
    .map(([name, methods]) => [words(name)[0], words(methods).toSorted()]);
  expect(Object.fromEntries(toldParts)).toEqual(
    Object.fromEntries([...parts].map(([name, methods]) => [name, methods.toSorted()])),
  );
});

it('the README of the client has every code of an error', () => {
  const told = rows('When something goes wrong').flatMap(([, code]) => words(code));
  expect(told.toSorted()).toEqual([...Object.keys(ERROR_STATUS), 'UNEXPECTED_ANSWER'].toSorted());
});
