import { expect, test } from 'vitest';
import { describeModels, modelEnvironment, planModels } from './models.js';

const AGENTS = ['claude', 'codex', 'gemini', 'grok'] as const;
const model = { baseUrlFor: (agent: string) => `http://model/${agent}` };

test('without keys every agent is scripted', () => {
  const plan = planModels(AGENTS, {});
  expect(plan).toEqual({ mode: 'scripted', live: [], scripted: AGENTS });
  const environment = modelEnvironment({ plan, providers: {}, model });
  expect(environment).toMatchObject({ GROK_XAI_API_BASE_URL: 'http://model/grok' });
  expect(Object.keys(environment).toSorted()).toEqual([
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_BASE_URL',
    'GEMINI_API_KEY',
    'GOOGLE_GEMINI_BASE_URL',
    'GROK_XAI_API_BASE_URL',
    'OPENAI_API_KEY',
    'OPENAI_BASE_URL',
    'XAI_API_KEY',
  ]);
  expect(describeModels(plan)).toContain('made up');
});

test('an agent with a key keeps its key and its own endpoint', () => {
  const providers = {
    OPENAI_API_KEY: 'sk-real',
    OPENAI_BASE_URL: 'https://gateway',
    ANTHROPIC_BASE_URL: 'https://unused',
  };
  const plan = planModels(AGENTS, providers);
  expect(plan).toEqual({ mode: 'mixed', live: ['codex'], scripted: ['claude', 'gemini', 'grok'] });
  expect(modelEnvironment({ plan, providers, model })).toMatchObject({
    OPENAI_API_KEY: 'sk-real',
    OPENAI_BASE_URL: 'https://gateway',
    ANTHROPIC_BASE_URL: 'http://model/claude',
  });
  expect(describeModels(plan)).toMatch(
    /at a cost, for codex\.[^]*ANTHROPIC_API_KEY, GEMINI_API_KEY, XAI_API_KEY/,
  );
});

test('with all keys nothing is scripted', () => {
  const providers = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b', GEMINI_API_KEY: 'c', XAI_API_KEY: 'd' };
  const plan = planModels(AGENTS, providers);
  expect(plan.mode).toBe('live');
  expect(modelEnvironment({ plan, providers, model })).toEqual(providers);
  expect(describeModels(plan)).toContain('costs money');
});
