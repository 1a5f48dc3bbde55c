import { afterAll, expect, it } from 'vitest';
import { composePrompt } from './index.js';
import { contextOf, makeRepository, removeRepositories } from './testing/repository.js';

afterAll(removeRepositories);

const PREVIOUS = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2D',
  status: 'COMPLETED',
  task: 'Write the cart.',
  output: 'The cart is there.',
};

it('tells of the work that it goes on from, after the context and before the task', async () => {
  const repository = makeRepository({ 'SOUL.md': 'Small steps.' });
  const context = await contextOf(repository, { previous: PREVIOUS });
  const prompt = composePrompt(context, 'Now add tests.');
  const places = [
    'Small steps.',
    PREVIOUS.dispatchId,
    'Write the cart.',
    'The cart is there.',
    'Now add',
  ].map((text) => prompt.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

it('counts beside the budget of the level, which it does not take from', async () => {
  const repository = makeRepository({ 'SOUL.md': 'word '.repeat(3_000) });
  const alone = await contextOf(repository, { level: 'minimal' });
  const { document } = await contextOf(repository, { level: 'minimal', previous: PREVIOUS });
  expect(document.totalTokens).toBe(alone.document.totalTokens);
  const { dispatchId, status } = PREVIOUS;
  expect(document.previous).toMatchObject({ dispatchId, status });
  expect(document.previous!.tokens).toBeGreaterThan(20);
});

it('is bounded, however long the task and the message were', async () => {
  const previous = { ...PREVIOUS, task: 'task '.repeat(10_000), output: 'output '.repeat(10_000) };
  const { document } = await contextOf(makeRepository({}), { previous });
  expect(document.previous!.tokens).toBeLessThanOrEqual(900);
});

it('holds no secret, and says when the parent was not completed', async () => {
  const secret = 'sk-secret-of-the-parent-0123';
  const { output: _, ...silent } = { ...PREVIOUS, status: 'FAILED', task: `Use ${secret}.` };
  const { prompt, document } = await contextOf(makeRepository({}), { previous: silent, secrets: [secret] });
  expect(prompt).toContain('Use [REDACTED].');
  expect(prompt).toContain('was not completed (FAILED)');
  expect(prompt).not.toContain('last-message');
  expect(document.redactions).toBe(1);
});
