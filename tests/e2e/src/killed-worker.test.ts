import { killAgentProcesses } from '@outpost/platform/process';
import { createTemporaryLocalPlatform, creation } from '@outpost/platform/testing';
import { applyPatch, git, makeRepository, PATH, until } from '@outpost/test-support';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const WORKER = fileURLToPath(new URL('killed-worker/worker.ts', import.meta.url));

/** Works, tells of it, commits a part, and then goes on for ever. */
const AGENT = `#!/bin/sh
cat > /dev/null
seq -f 'line %g' 1 500
echo committed > committed.txt; git add . ; git commit --quiet -m 'by the agent'
echo begun > begun.txt
echo 'half way'
while :; do sleep 1000; done
`;

it('a worker that is killed leaves the patch and the log of the work so far', async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(() => local.cleanup());
  const repo = await makeRepository();
  const { dataDir } = local;
  mkdirSync(dataDir, { recursive: true });
  const agent = join(dataDir, 'claude.sh');
  writeFileSync(agent, AGENT, { mode: 0o755 });
  const platform = local.open({
    worker: {
      command: [process.execPath, WORKER],
      stopGraceMs: 1_000,
      env: {
        PATH,
        OUTPOST_MODE: 'local',
        OUTPOST_AGENTS_DIR: join(dataDir, 'agents'),
        OUTPOST_SANDBOX: 'none',
        OUTPOST_AGENT_COMMAND_CLAUDE: agent,
      },
    },
  });
  const created = await platform.dispatches.create(creation({ repo }));
  if (created.outcome !== 'created') throw new Error(created.outcome);
  const { tenantId, dispatchId, agent: name, tier, workspaceId, workspaceMode } = created.record;
  onTestFinished(() => killAgentProcesses({ dispatchId }));
  const { taskArn } = await platform.tasks.launch({
    clientToken: dispatchId,
    tenantId,
    dispatchId,
    agent: name,
    tier,
    workspaceId,
    workspaceMode,
    secrets: [],
  });
  const artifact = (file: string): string => join(dataDir, 'artifacts', tenantId, dispatchId, file);
  const read = (file: string): string =>
    existsSync(artifact(file)) ? readFileSync(artifact(file), 'utf8') : '';
  // The first checkpoint that has seen all of it.
  await until(async () =>
    read('changes.patch').includes('+begun') && read('output.log').includes('half way') ? true : undefined,
  );
  process.kill(Number(readFileSync(join(dataDir, 'worker.pid'), 'utf8')), 'SIGKILL');
  await until(async () => {
    const [task] = await platform.tasks.describe({ taskArns: [taskArn] });
    return task?.state === 'STOPPED' ? true : undefined;
  });
  const lines = read('output.log').split('\n');
  const numbered = Array.from({ length: 500 }, (_, index) => `line ${index + 1}`);
  expect(lines.filter((line) => line.startsWith('line '))).toEqual(numbered);
  const base = await git(repo, 'rev-parse', 'HEAD');
  const applied = await applyPatch(repo, base, readFileSync(artifact('changes.patch')));
  expect(readFileSync(join(applied, 'committed.txt'), 'utf8')).toBe('committed\n');
  expect(readFileSync(join(applied, 'begun.txt'), 'utf8')).toBe('begun\n');
});
