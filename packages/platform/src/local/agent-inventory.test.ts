import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UNCONFINED, type Sandboxes } from '../sandbox/index.js';
import { createLocalAgentInventory } from './agent-inventory.js';

const SECRETS = { get: async () => 'key', has: async () => true };
/** Where the image of claude is there, and no other. */
const CONTAINERS: Sandboxes = {
  ...UNCONFINED,
  for: async (agent) => {
    if (agent !== 'claude') throw new Error(`There is no image of ${agent}.`);
    return { ...(await UNCONFINED.for(agent)), name: 'container', bringsCli: true };
  },
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outpost-inventory-'));
});
afterEach(() => rm(directory, { recursive: true }));

function inventory(sandboxes: Sandboxes, commands: { readonly claude?: string } = {}) {
  const executables = { commands, agentsDir: directory, path: directory };
  return createLocalAgentInventory({ executables, secrets: SECRETS, sandboxes });
}

describe('an agent on one machine', () => {
  it('needs its CLI', async () => {
    const claude = { agent: 'claude', tenantId: 'acme' } as const;
    expect(await inventory(UNCONFINED).availability(claude)).toEqual({
      available: false,
      reason: 'The claude CLI is not installed. Run: npm run outpost -- agents install claude',
    });
    await writeFile(join(directory, 'claude'), '#!/bin/sh\n');
    await chmod(join(directory, 'claude'), 0o755);
    expect(await inventory(UNCONFINED).availability(claude)).toEqual({ available: true });
  });

  it('needs none where its sandbox brings it', async () => {
    const { availability } = inventory(CONTAINERS);
    expect(await availability({ agent: 'claude', tenantId: 'acme' })).toEqual({ available: true });
    expect(await availability({ agent: 'codex', tenantId: 'acme' })).toEqual({
      available: false,
      reason: 'There is no image of codex.',
    });
  });

  it('needs what is named in place of its CLI, wherever it runs', async () => {
    const { availability } = inventory(CONTAINERS, { claude: join(directory, 'script') });
    expect(await availability({ agent: 'claude', tenantId: 'acme' })).toMatchObject({
      available: false,
      reason: expect.stringContaining('names no executable file') as string,
    });
  });
});
