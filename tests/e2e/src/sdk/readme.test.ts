import { makeRepository, Outpost, temporaryDirectory } from '@outpost/test-support';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLIENT, makeConsumer } from './consumer.js';

/** An agent that does what the README asks for, whatever it asks for. */
const AGENT = `#!${process.execPath}
import { writeFileSync } from 'node:fs';
writeFileSync('NOTES.md', 'For the tests.\\n');
const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
console.log(JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'I wrote NOTES.md.', usage }));
`;

// Packs, installs, type-checks, and runs several dispatches one after another.
const LIMIT_MS = 180_000;

it(
  'the examples of the client’s README are typed, and run one after another',
  { timeout: LIMIT_MS },
  async () => {
    const dataDir = await temporaryDirectory();
    const agent = join(dataDir, 'agent.mjs');
    await writeFile(agent, AGENT);
    await chmod(agent, 0o755);
    const outpost = await Outpost.start({ dataDir, env: { OUTPOST_AGENT_COMMAND_CLAUDE: agent } });
    try {
      const readme = await readFile(join(CLIENT, 'README.md'), 'utf8');
      const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!);
      expect(blocks.length).toBeGreaterThan(4);
      const consumer = await makeConsumer();
      await consumer.write('examples.mts', blocks.join('\n'));
      const types = [
        '--types',
        'node',
        '--typeRoots',
        join(import.meta.dirname, '../../../../node_modules/@types'),
      ];
      expect(
        await consumer.check(
          'examples.mts',
          '--module',
          'nodenext',
          '--target',
          'es2022',
          '--skipLibCheck',
          ...types,
        ),
      ).toBe('');
      const env = { OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey, REPO: await makeRepository() };
      const printed = await consumer.run('examples.mts', { env });
      expect(printed).toContain('COMPLETED');
      expect(printed).toContain('diff --git a/NOTES.md b/NOTES.md');
      expect(printed).toContain('I wrote NOTES.md.');
      expect(printed).toContain('There is no such dispatch.');
      expect(printed.trimEnd().split('\n').at(-1)).toBe('true');
    } finally {
      await outpost.stop();
    }
  },
);
