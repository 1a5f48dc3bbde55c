import {
  bubblewrapDirectory,
  makeRepository,
  Outpost,
  PATH,
  temporaryDirectory,
} from '@outpost/test-support';
import { chmodSync, copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const AGENT = fileURLToPath(new URL('./hostile/hostile-agent.mjs', import.meta.url));
const bwrap = bubblewrapDirectory();
const isRoot = process.getuid?.() === 0;

let outpost: Outpost | undefined;
afterEach(async () => {
  await outpost?.stop();
});

/** Runs the hostile agent, which fills these places under its workspace until it is ended. */
async function fill(sandbox: string, env: Record<string, string>) {
  const dataDir = await temporaryDirectory();
  // As a data directory is that another user may get to.
  chmodSync(dirname(dataDir), 0o711);
  const shared = await temporaryDirectory();
  chmodSync(shared, 0o755);
  const command = join(shared, 'claude');
  copyFileSync(AGENT, command);
  chmodSync(command, 0o755);
  outpost = await Outpost.start({
    dataDir,
    env: {
      PATH: bwrap === undefined ? PATH : `${bwrap}:${PATH}`,
      OUTPOST_SANDBOX: sandbox,
      OUTPOST_AGENTS_DIR: join(dataDir, 'agents'),
      OUTPOST_AGENT_COMMAND_CLAUDE: command,
      ...env,
    },
  });
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    tier: 'fast',
    repo: await makeRepository(),
    task: `HOSTILE:${JSON.stringify({ fill: ['repo', 'home', 'tmp', 'artifacts'] })}`,
  });
  return outpost.ended(dispatchId);
}

describe('an agent that fills the disk with many files, in directories that it has closed', () => {
  const sandboxes = [
    { name: 'bwrap', works: bwrap !== undefined },
    { name: 'uid', works: isRoot },
    { name: 'none', works: true },
  ];
  for (const { name, works } of sandboxes) {
    it.runIf(works)(`is ended for what they take, under ${name}`, async () => {
      const { status, failure } = await fill(name, { OUTPOST_WORKSPACE_QUOTA_MB: '64' });
      expect({ status, ...failure }).toMatchObject({
        status: 'FAILED',
        class: 'workspace_full',
        retryable: false,
      });
      expect(failure?.message).toContain('may take 64 MB');
    });

    it.runIf(works)(`is ended for their number, under ${name}`, async () => {
      const { status, failure } = await fill(name, { OUTPOST_WORKSPACE_MAX_FILES: '400' });
      expect({ status, ...failure }).toMatchObject({
        status: 'FAILED',
        class: 'workspace_full',
        retryable: false,
      });
      expect(failure?.message).toContain('may hold 400');
    });
  }
});
