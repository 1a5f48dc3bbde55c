import { AGENT_NAMES } from '@outpost/contracts';
import { expect, test } from 'vitest';
import { createProgram } from '../program.js';
import { candidatesFor } from './candidates.js';

async function complete(...words: string[]): Promise<readonly string[]> {
  const found = await candidatesFor(createProgram(), words, async ({ long }) =>
    long === '--profile' ? ['prod', 'stage'] : [],
  );
  return found.map(({ value }) => value);
}

test('commands and those below them', async () => {
  expect(await complete('di')).toEqual(['dispatch', 'diff']);
  expect(await complete('keys', '')).toEqual(['list', 'create', 'rotate', 'revoke']);
  expect(await complete('context', '')).toEqual(['list', 'show', 'set', 'delete']);
  expect(await complete('webhooks', 're')).toEqual(['redeliver']);
  expect(await complete('')).not.toContain('__complete');
});

test('options, their values and what is chosen from', async () => {
  expect(await complete('dispatch', '--ag')).toEqual(['--agent']);
  expect(await complete('dispatch', '--he')).toEqual(['--help']);
  expect(await complete('dispatch', '-a', '')).toEqual(AGENT_NAMES);
  expect(await complete('dispatch', '--wait', '--agent', 'co')).toEqual(['codex']);
  expect(await complete('runs', '--profile', '')).toEqual(['prod', 'stage']);
  expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await complete('agents', 'install', 'gr')).toEqual(['grok']);
  expect(await complete('context', 'set', 'P')).toEqual(['PROFILE']);
  expect(await complete('webhooks', 'create', '--event', 'dispatch.f')).toEqual(['dispatch.failed']);
});

test('nothing where anything may stand', async () => {
  expect(await complete('dispatch', '--file', '')).toEqual([]);
  expect(await complete('show', '')).toEqual([]);
});
