import { agentProcesses, makeRepository, Outpost, temporaryDirectory } from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

// Aider comes from PyPI, which a test machine may not reach: this prints what aider prints.
const AIDER = `#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --message-file ] && file=$2; shift; done
echo 'Aider v0.86.1'
if grep -q BAD-KEY "$file"; then
  echo 'litellm.AuthenticationError: AuthenticationError: DeepseekException - Authentication Fails'
  echo 'The API provider is not able to authenticate you. Check your API key.'
  exit 0
fi
if grep -q SERVER-ERROR "$file"; then
  echo 'litellm.InternalServerError: InternalServerError: DeepseekException - Internal server error'
  echo 'The API provider is down or overloaded.'
  exit 0
fi
if grep -q ONLY-TALK "$file"; then
  echo 'There is nothing to do.'
  echo 'Tokens: 1.2k sent, 20 received.'
  exit 0
fi
echo 'aider was here' > aider.txt
echo 'Applied edit to aider.txt'
if grep -q NEVER-ENDS "$file"; then
  touch started
  setsid sleep 600 &
  sleep 601
fi
wc -c < "$file"
echo 'Tokens: 12k sent, 133 received. Cost: $0.04 message, $0.10 session.'
`;

let outpost: Outpost;
let repo: string;

beforeAll(async () => {
  const dataDir = await temporaryDirectory();
  const aider = join(dataDir, 'aider');
  await writeFile(aider, AIDER);
  await chmod(aider, 0o755);
  repo = await makeRepository();
  outpost = await Outpost.start({
    dataDir,
    env: { OUTPOST_AGENT_COMMAND_AIDER: aider, DEEPSEEK_API_KEY: 'dummy-key-of-aider' },
  });
});
afterAll(() => outpost.stop());

it('aider changes the repository, and its tokens are read from what it prints', async () => {
  const { dispatchId } = await outpost.dispatch({ agent: 'aider', task: 'Leave a mark in aider.txt.', repo });
  expect(await outpost.ended(dispatchId)).toMatchObject({
    status: 'COMPLETED',
    changes: { filesChanged: 1, insertions: 1 },
    usage: { inputTokens: 12_000, outputTokens: 133 },
    cost: { basis: 'price-table' },
  });
});

it.each([
  ['BAD-KEY', 'agent_authentication'],
  ['SERVER-ERROR', 'model_unavailable'],
])('aider fails with the cause on %s, though it exits with 0', async (marker, failureClass) => {
  const { dispatchId } = await outpost.dispatch({
    agent: 'aider',
    task: `Leave a mark with ${marker}.`,
    repo,
  });
  const ended = await outpost.ended(dispatchId);
  expect(ended).toMatchObject({ status: 'FAILED', exitCode: 0, failure: { class: failureClass } });
});

it('aider takes a task of 50,000 characters', async () => {
  const task = 'word '.repeat(10_000);
  const { dispatchId } = await outpost.dispatch({ agent: 'aider', task, repo });
  expect(await outpost.ended(dispatchId)).toMatchObject({ status: 'COMPLETED' });
  const sizes = (await outpost.logs(dispatchId)).map(({ text }) => Number(text));
  expect(Math.max(...sizes.filter(Number.isFinite))).toBeGreaterThanOrEqual(50_000);
});

it('aider may change nothing', async () => {
  const { dispatchId } = await outpost.dispatch({ agent: 'aider', task: 'Please ONLY-TALK about it.', repo });
  const ended = await outpost.ended(dispatchId);
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    changes: { filesChanged: 0 },
    usage: { inputTokens: 1_200 },
  });
  expect(await outpost.artifact(dispatchId, 'changes.patch')).toBe('');
});

it('aider is cancelled while it works, and ended by its time-out; no process is left', async () => {
  const body = { agent: 'aider', task: 'Leave a mark, NEVER-ENDS.', repo, timeoutSeconds: 30 };
  const [cancelled, late] = await Promise.all([outpost.dispatch(body), outpost.dispatch(body)]);
  const started = join(outpost.dataDir, 'workspaces', 'default', cancelled.workspaceId, 'repo', 'started');
  await outpost.waitFor(cancelled.dispatchId, () => existsSync(started));
  await outpost.call('DELETE', `/dispatch/${cancelled.dispatchId}`);
  expect(await outpost.ended(cancelled.dispatchId)).toMatchObject({ status: 'CANCELLED' });
  expect(await outpost.ended(late.dispatchId)).toMatchObject({
    status: 'TIMEOUT',
    failure: { class: 'timed_out' },
  });
  for (const { dispatchId } of [cancelled, late]) {
    expect(agentProcesses(dispatchId)).toEqual([]);
    expect(await outpost.artifact(dispatchId, 'changes.patch')).toContain('+aider was here');
  }
});
