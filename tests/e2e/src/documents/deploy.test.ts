import { AGENT_NAMES } from '@outpost/contracts';
import { OutpostClient } from '@outpost/client';
import { makeRepository, openDocumentSite, readDocument, REPOSITORY_ROOT } from '@outpost/test-support';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandsOf } from './blocks.js';
import { recordCalls } from './recorder.js';

const CDK = join(REPOSITORY_ROOT, 'infra/cdk');
const source = (file: string): string => readFileSync(join(CDK, 'src', file), 'utf8');

// There is no account: cdk, aws, docker and npm write down how they are called. What the stacks become is for the tests of
// infra/cdk, which synthesise them.
it('the commands of docs/deploy.md call cdk, aws and docker with what there is, and dispatch', async () => {
  const site = await openDocumentSite({ agents: 'stand-in' });
  onTestFinished(() => site.close());
  const cwd = join(await makeRepository(), 'infra/cdk');
  const recorder = await recordCalls(join(site.home, 'calls'), [
    join(cwd, 'node_modules/.bin/cdk'),
    ...['aws', 'docker', 'npm'].map((name) => join(site.home, '.local/bin', name)),
  ]);
  const blocks = commandsOf(readDocument('docs/deploy.md'));
  const isDispatch = ({ text }: { readonly text: string }): boolean => text.startsWith('curl ');
  await site.run(
    blocks.filter((block) => !isDispatch(block)),
    { cwd },
  );
  checkCalls(await recorder.calls());

  // On AWS the first control plane takes the key that was made.
  await writeFile(join(cwd, 'key'), site.apiKey);
  const printed = await site.run(blocks.filter(isDispatch), { cwd });
  const { dispatchId, status } = JSON.parse(printed) as { dispatchId: string; status: string };
  expect(status).toBe('PENDING');
  await new OutpostClient({ baseUrl: site.url, apiKey: site.apiKey }).dispatches.cancel(dispatchId);
});

function checkCalls(calls: readonly (readonly string[])[]): void {
  const argumentsOf = (program: string, verb: string) =>
    calls.filter(([name, first]) => name === program && first === verb).map((call) => call.slice(2));
  for (const [name, verb, ...rest] of calls.filter(([program]) => program === 'cdk')) {
    expect(['bootstrap', 'deploy', 'diff'], name).toContain(verb);
    if (verb !== 'bootstrap') checkStacks(rest);
  }
  expect(argumentsOf('cdk', 'deploy').map((words) => words.at(-1))).toEqual([
    'OutpostFoundation',
    'Outpost',
    'Outpost',
  ]);
  const images = argumentsOf('docker', 'push').map(
    ([image = '']) => /\/outpost-([a-z-]+):\w+$/.exec(image)?.[1],
  );
  expect(images).toEqual(['control-plane', ...AGENT_NAMES]);
  expect(calls.filter(([program]) => program === 'npm')).toEqual([
    ['npm', '--prefix', relative(CDK, REPOSITORY_ROOT), 'run', 'image'],
  ]);
  const secrets = argumentsOf('aws', 'secretsmanager').map(
    (words) => words[words.indexOf('--secret-id') + 1],
  );
  expect(secrets).toEqual(['outpost/bootstrap-api-key', 'outpost/agents/claude']);
  expect(source('secrets/fleet-secrets.ts')).toContain(`'${secrets[0]}'`);
}

/** \`-c key=value\` and names of stacks, as infra/cdk reads them. */
function checkStacks(words: readonly string[]): void {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    if (word !== '-c') {
      expect(source('app.ts')).toContain(`app, '${word}'`);
      continue;
    }
    const [key, value] = words[(index += 1)]!.split('=');
    expect(source('config.ts')).toContain(`context('${key}')`);
    expect(value).not.toBe('');
    if (key === 'stage') expect(existsSync(join(CDK, 'config', `${value}.json`))).toBe(true);
  }
}

it('what docs/deploy.md has in PATH is there', () => {
  const [first] = commandsOf(readDocument('docs/deploy.md'));
  expect(first!.text).toContain('$PWD/../../bootstrap/node_modules/.bin:');
  expect(existsSync(join(CDK, '../../bootstrap/node_modules/.bin/node'))).toBe(true);
  expect(first!.text).toContain('alias cdk=node_modules/.bin/cdk');
  expect(existsSync(join(CDK, 'node_modules/.bin/cdk'))).toBe(true);
});
