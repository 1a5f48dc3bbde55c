import { UNCONFINED } from '@outpost/platform/sandbox';
import type { DispatchRecord } from '@outpost/contracts';
import { systemClock, type ControlPlatform, type SecretStore } from '@outpost/platform';
import { createLocalWorkerPlatform } from '@outpost/platform/local';
import {
  createTemporaryLocalPlatform,
  creation,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDispatch } from './run-dispatch.js';
import { StopSignal } from './stop-signal.js';
import { WORKER_LIMITS } from './worker-limits.js';
import type { Worker } from './worker.js';
import { ANY_REMOTE } from '@outpost/platform/git';

const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
const NO_SECRETS: SecretStore = { get: async () => undefined, has: async () => false };
const SAID_DONE = `echo '{"type":"result","subtype":"success","is_error":false,"result":"Done."}'`;

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
});
afterEach(() => local.cleanup());

/** A dispatch to a shell script in place of the claude CLI, and the worker for it. */
async function prepare(script: string): Promise<{ record: DispatchRecord; worker: Worker }> {
  const created = await platform.dispatches.create(creation());
  if (created.outcome !== 'created') throw new Error(created.outcome);
  const { record } = created;
  const { tenantId, dispatchId } = record;
  const claude = join(local.dataDir, 'claude.sh');
  writeFileSync(claude, `#!/bin/sh\ncat > /dev/null\n${script}\n`);
  chmodSync(claude, 0o755);
  const agentCommands = { claude };
  const agentsDir = join(local.dataDir, 'agents');
  const worker: Worker = {
    config: {
      path: PATH,
      network: {},
      remotes: ANY_REMOTE,
      agentBaseUrls: {},
      repositoryLimits: { maxBytes: 1024 ** 3, maxFiles: 100_000 },
      sandboxes: UNCONFINED,
      admitted: { readable: [], egressHosts: ['*'] },
      mirrorsDir: join(local.dataDir, 'mirrors'),
    },
    platform: createLocalWorkerPlatform({
      dataDir: local.dataDir,
      clock: systemClock,
      executables: { commands: agentCommands, agentsDir, path: PATH },
      work: { tenantId, dispatchId, secrets: NO_SECRETS },
    }),
    key: { tenantId, dispatchId },
    taskArn: 'outpost:test:task/1',
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    stop: new StopSignal(),
    limits: { ...WORKER_LIMITS, checkpointIntervalMs: 20 },
    oomKills: () => undefined,
  };
  return { record, worker };
}

const artifactOf = ({ tenantId, dispatchId }: DispatchRecord, name: string): string =>
  join(local.dataDir, 'artifacts', tenantId, dispatchId, name);

it('stores what the agent has done while it still works', async () => {
  const seen = join(local.dataDir, 'seen');
  // Goes on only when a checkpoint holds its first file: without checkpoints it would wait for ever.
  const { record, worker } = await prepare(`
    echo first > first.txt; echo 'I wrote it.'
    until grep -q '+first' "${join(local.dataDir, 'artifacts')}"/*/*/changes.patch 2> /dev/null; do sleep 0.02; done
    ls "${join(local.dataDir, 'artifacts')}"/*/* > ${seen}
    echo second > second.txt; ${SAID_DONE}`);
  expect(await runDispatch(worker)).toBe(0);
  await worker.platform.close();
  expect(readFileSync(seen, 'utf8').trim().split('\n')).toEqual([
    'changes.patch',
    'context.json',
    'output.log',
    'task.md',
  ]);
  expect(readFileSync(artifactOf(record, 'changes.patch'), 'utf8')).toMatch(/\+first[^]*\+second/);
  expect(existsSync(artifactOf(record, 'repo.bundle'))).toBe(true);
  expect(await platform.dispatches.get(record)).toMatchObject({
    status: 'COMPLETED',
    changes: { filesChanged: 2 },
  });
});

it.each([
  [
    'an agent that failed',
    'exit 3',
    0,
    { status: 'FAILED', failure: { class: 'agent_crashed' }, exitCode: 3 },
  ],
  [
    'an agent that did not say that it was done',
    'exit 0',
    0,
    { status: 'FAILED', failure: { class: 'agent_incomplete' } },
  ],
])('reports %s', async (_, script, exitCode, outcome) => {
  const { record, worker } = await prepare(script);
  expect(await runDispatch(worker)).toBe(exitCode);
  await worker.platform.close();
  expect(await platform.dispatches.get(record)).toMatchObject(outcome);
});

it('reports a set-up that failed, with the exit code that says so', async () => {
  const { record, worker } = await prepare(SAID_DONE);
  const agents = { ...worker.platform.agents, locate: () => undefined };
  const broken: Worker = { ...worker, platform: { ...worker.platform, agents } };
  expect(await runDispatch(broken)).toBe(125);
  await worker.platform.close();
  expect(await platform.dispatches.get(record)).toMatchObject({
    status: 'FAILED',
    failure: { class: 'agent_missing', hint: expect.stringContaining('agents install') },
  });
});

it('reports nothing of a dispatch that another has ended meanwhile', async () => {
  const { record, worker } = await prepare(SAID_DONE);
  const { dispatches } = worker.platform;
  const ended = {
    to: 'FAILED',
    completedAt: record.createdAt,
    exitCode: null,
    errorMessage: 'Reaped.',
  } as const;
  const racing: Worker = {
    ...worker,
    platform: {
      ...worker.platform,
      // Ends it just when the agent is about to start.
      agents: {
        ...worker.platform.agents,
        locate: (agent) => {
          void dispatches.move({ ...record, move: ended });
          return worker.platform.agents.locate(agent);
        },
      },
    },
  };
  await runDispatch(racing);
  await worker.platform.close();
  expect(await platform.dispatches.get(record)).toMatchObject({ status: 'FAILED', errorMessage: 'Reaped.' });
});
