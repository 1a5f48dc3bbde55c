import type { ContextDocument } from '@outpost/contracts';
import { temporaryDirectory } from '@outpost/test-support';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCliWorld, type CliWorld } from './cli/cli-world.js';
import { cliJson, runCli } from './cli/run-cli.js';

describe('outpost context', () => {
  let world: CliWorld;
  const context = async (args: readonly string[], input?: string) =>
    runCli(['context', ...args], { ...world.options, ...(input !== undefined && { input }) });

  beforeAll(async () => {
    world = await openCliWorld();
  });
  afterAll(() => world.outpost.stop());

  it('writes from stdin and from a file, lists, shows as it is, and deletes', async () => {
    expect((await context(['list'])).stdout).toBe('No documents.');
    const profile = '# Who we are\n\nStrict TypeScript.\n';
    expect((await context(['set', 'PROFILE'], profile)).stdout).toBe(
      `Wrote PROFILE, ${profile.length} characters.`,
    );
    const file = join(await temporaryDirectory(), 'soul.md');
    await writeFile(file, 'A shop.');
    await context(['set', 'SOUL', '--file', file]);
    expect((await context(['list'])).stdout).toMatch(/^PROFILE +33 +\d+ s ago +# Who we are$/m);
    const { documents } = await cliJson<{ documents: ContextDocument[] }>(['context', 'list'], world.options);
    expect(documents.map(({ name }) => name).toSorted()).toEqual(['PROFILE', 'SOUL']);
    expect(`${(await context(['show', 'PROFILE'])).stdout}\n`).toBe(profile);
    expect(await cliJson(['context', 'show', 'SOUL'], world.options)).toMatchObject({ content: 'A shop.' });
    expect((await context(['delete', 'SOUL'])).stdout).toBe('Deleted SOUL.');
    expect(await context(['show', 'SOUL'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('What there is: outpost context list') as string,
    });
  });

  it.each([
    [['set', 'JOURNAL'], 'x', 'Allowed choices are SOUL, ANCHORS, PROFILE, ROADMAP'],
    [
      ['set', 'SOUL', '--file', '/no/such/file'],
      undefined,
      'Cannot read the document from /no/such/file (ENOENT)',
    ],
    [['set', 'SOUL'], ' \n', 'must be a text'],
    [['set', 'SOUL'], 'x'.repeat(16_001), 'at most 16000 characters'],
  ])('outpost context %j with a wrong document is refused, and says why', async (args, input, message) => {
    const result = await context(args, input);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });
});
