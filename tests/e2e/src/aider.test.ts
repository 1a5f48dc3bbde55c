import { makeRepository, Outpost, temporaryDirectory } from '@outpost/test-support';
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
echo 'aider was here' > aider.txt
echo 'Applied edit to aider.txt'
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

it('aider fails on a refused key, though it exits with 0', async () => {
  const { dispatchId } = await outpost.dispatch({ agent: 'aider', task: 'Leave a mark with BAD-KEY.', repo });
  expect(await outpost.ended(dispatchId)).toMatchObject({
    status: 'FAILED',
    exitCode: 0,
    failure: { class: 'agent_authentication' },
  });
});
