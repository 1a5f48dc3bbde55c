import { documentPaths, PATH, readDocument, temporaryDirectory } from '@outpost/test-support';
import { execa } from 'execa';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSetUp } from './blocks.js';
import { unknownIn, wordsOf } from './known-commands.js';
import { recordCalls } from './recorder.js';

describe('what documents name exists', () => {
  const documents = documentPaths().map(readDocument);

  it('in blocks that set the checkout up, as the shell reads them', async () => {
    const directory = await temporaryDirectory();
    const recorder = await recordCalls(join(directory, 'calls'), [join(directory, 'npm')]);
    const blocks = documents.flatMap((document) => document.blocks.filter(isSetUp));
    const script = blocks.map(({ text }) => text).join('\n');
    const env = { PATH: `${directory}:${PATH}` };
    await execa('bash', ['-euo', 'pipefail', '-c', script], { extendEnv: false, env, cwd: directory });
    const calls = await recorder.calls();
    expect(calls.length).toBeGreaterThanOrEqual(blocks.length);
    expect(calls.flatMap(unknownIn)).toEqual([]);
  });

  it.each(documents)('in the sentences of $path', ({ inlineCode }) => {
    const unknown = inlineCode.flatMap(({ place, text }) =>
      unknownIn(wordsOf(text)).map((problem) => `${place}: ${problem}`),
    );
    expect(unknown).toEqual([]);
  });

  it.each([
    ['outpost frobnicate', 'outpost knows no frobnicate'],
    ['outpost dispatch --fast', 'dispatch has no option --fast'],
    ['outpost agents install clippy', 'install takes claude,'],
    ['OUTPOST_MODE=aws npm run strat', 'there is no npm script strat'],
    ['npm start -- --scripted', 'up has no option --scripted'],
    ['npm run image -- clippy', 'there is no image clippy'],
    ['npm test -- no-such-test', 'no test is in no-such-test'],
    ['npm install @outpost/cli', '@outpost/cli is not a package of here'],
  ])('%s does not', (command, problem) => {
    expect(unknownIn(wordsOf(command))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    'outpost …',
    'outpost <command> --help',
    'outpost runs --limit 5 --json | head',
    'npm run --silent outpost -- fleet',
    'outpost dispatch --agent codex --verify "npm test" -w',
  ])('%s does', (command) => {
    expect(unknownIn(wordsOf(command))).toEqual([]);
  });
});
