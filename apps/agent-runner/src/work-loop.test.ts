import {
  failure,
  nextAttempt,
  type DispatchRecord,
  type DispatchSpec,
  type RecordIn,
} from '@outpost/contracts';
import { systemClock, type ControlPlatform, type SecretStore, type WorkerPlatform } from '@outpost/platform';
import { createLocalWorkerPlatform, type LocalWorkerPlatformOptions } from '@outpost/platform/local';
import { agentProcessesOf } from '@outpost/platform/process';
import {
  createRelayedWorker,
  createTemporaryLocalPlatform,
  creation,
  type RelayedWorker,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Place } from './compose.js';
import { workLoop } from './work-loop.js';
import { WORKER_LIMITS } from './worker-limits.js';
import { ANY_REMOTE } from '@outpost/platform/git';
import { UNCONFINED } from '@outpost/platform/sandbox';
import { SandboxSettingsSchema } from '@outpost/platform/settings';

const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
const NO_SECRETS: SecretStore = { get: async () => undefined, has: async () => false };
const SAID_DONE = `echo '{"type":"result","subtype":"success","is_error":false,"result":"Done."}'`;
const LOGGER = pino({ level: 'silent' });
const HOUR_MS = 3_600_000;

let local: TemporaryLocalPlatform;
let relay: RelayedWorker;
let control: ControlPlatform;
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  relay = await createRelayedWorker({ directory: join(local.dataDir, '..', 'relay') });
  mkdirSync(local.dataDir, { mode: 0o700 });
  const secrets = { tenants: { acme: { secrets: { NPM_TOKEN: 'npm-token-of-acme' } } } };
  writeFileSync(join(local.dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  control = local.open({ worker: { command: relay.command, env: relay.env, stopGraceMs: 2_000 } });
  closing = [];
});
afterEach(async () => {
  await relay.close();
  for (const close of closing) await close();
  await local.cleanup();
});

/** What takes the place of the claude CLI: its directory is the repository of the run. */
function agentDoes(script: string): void {
  const file = agentFile();
  writeFileSync(file, `#!/bin/sh\ncat > /dev/null\n${script}\n`);
  chmodSync(file, 0o755);
}
const agentFile = (): string => join(local.dataDir, 'claude.sh');
function openWorker(work: LocalWorkerPlatformOptions['work']): WorkerPlatform {
  const executables = {
    commands: { claude: agentFile() },
    agentsDir: join(local.dataDir, 'agents'),
    path: PATH,
  };
  const platform = createLocalWorkerPlatform({
    dataDir: local.dataDir,
    clock: systemClock,
    executables,
    work,
  });
  closing.push(() => platform.close());
  return platform;
}

const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 12_000, interval: 20 });

interface LoopOptions {
  readonly maxIdleMs?: number;
  readonly scratchDirs?: readonly string[];
  readonly ending?: AbortController;
  readonly place?: (place: Place) => Place;
}

/** A warm worker of the pool, whose loop runs in this process. */
async function startWarm(options: LoopOptions = {}) {
  const workerId = randomUUID();
  await control.pool.start({ workerId, agent: 'claude', tier: 'flagship' });
  const work = { workerId, stdin: await relay.stdinOf(workerId) };
  const platform = openWorker(work);
  const state = async () => (await control.pool.list())[0]?.state;
  const loop = startLoop({ kind: 'warm', workerId }, platform, options);
  const assign = async (spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> => {
    const record = await create(spec);
    await eventually(async () => expect(await state()).toBe('IDLE'));
    const secrets = record.secrets.map((name) => ({ kind: 'tenant', name }) as const);
    expect(await control.pool.assign({ ...record, workerId, secrets })).toBe(true);
    return record;
  };
  return { ...loop, workerId, state, assign, retire: () => control.pool.retire({ workerId }) };
}

function startLoop(
  start: Parameters<typeof workLoop>[0]['config']['start'],
  platform: Place['platform'],
  {
    maxIdleMs = HOUR_MS,
    scratchDirs = [],
    ending = new AbortController(),
    place: changed = (place) => place,
  }: LoopOptions = {},
) {
  const place = {
    platform,
    taskArn: 'outpost:test:task/1',
    clock: systemClock,
    limits: WORKER_LIMITS,
    sandboxes: UNCONFINED,
  };
  const ended = workLoop({
    place: changed({ ...place, scratchDirs }),
    config: {
      start,
      dataDir: local.dataDir,
      path: PATH,
      network: {},
      remotes: ANY_REMOTE,
      agentBaseUrls: {},
      repositoryLimits: { maxBytes: 1024 ** 3, maxFiles: 100_000 },
      sandbox: SandboxSettingsSchema.parse({ OUTPOST_SANDBOX: 'none' }),
    },
    logger: LOGGER,
    signal: ending.signal,
    maxIdleMs,
  });
  ended.catch(() => undefined);
  return { ended, ending };
}

async function create(spec: Partial<DispatchSpec> = {}): Promise<DispatchRecord> {
  const created = await control.dispatches.create(creation(spec));
  if (created.outcome !== 'created') throw new Error(created.outcome);
  return created.record;
}

const statusOf = async (record: DispatchRecord) => (await control.dispatches.get(record))?.status;
const untilStatus = (record: DispatchRecord, status: string): Promise<void> =>
  eventually(async () => expect(await statusOf(record)).toBe(status));
const workspacesIn = (tenantId: string): readonly string[] =>
  readdirSync(join(local.dataDir, 'workspaces', tenantId));

describe('a warm worker', () => {
  it('runs one dispatch after another, and no one sees a trace of the one before', async () => {
    const [before, after] = [join(local.dataDir, 'before'), join(local.dataDir, 'after')];
    // Leaves all that an agent can leave, and makes some of it hard to remove.
    agentDoes(`
      env > ${before}
      echo mine > first.txt; echo mine > "$HOME/.token"; echo mine > "$TMPDIR/left"; echo mine > ../artifacts/left
      mkdir "$HOME/locked"; echo mine > "$HOME/locked/file"; chmod 0 "$HOME/locked"
      setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' > /dev/null 2>&1 &
      ${SAID_DONE}`);
    const { assign, ended, retire, state } = await startWarm();
    const first = await assign({ secrets: ['NPM_TOKEN'] });
    await untilStatus(first, 'COMPLETED');
    await eventually(async () => expect(await state()).toBe('IDLE'));
    expect(workspacesIn('acme')).toEqual([]);
    expect(agentProcessesOf(first)).toEqual([]);
    expect(readFileSync(before, 'utf8')).toContain('NPM_TOKEN=npm-token-of-acme');

    agentDoes(`
      { env; find "${join(local.dataDir, 'workspaces')}" -path '*/.git/*' -prune -o -print; } > ${after}
      echo second > second.txt; ${SAID_DONE}`);
    const second = await assign();
    await untilStatus(second, 'COMPLETED');
    const seen = readFileSync(after, 'utf8');
    expect(seen).toContain(second.workspaceId);
    for (const trace of ['npm-token-of-acme', 'NPM_TOKEN', first.dispatchId, first.workspaceId])
      expect(seen).not.toContain(trace);
    for (const file of ['first.txt', '.token', 'left', 'locked'])
      expect(seen).not.toMatch(new RegExp(`/${file.replace('.', '\\.')}$`, 'm'));
    const patch = join(local.dataDir, 'artifacts', 'acme', second.dispatchId, 'changes.patch');
    expect(readFileSync(patch, 'utf8')).not.toContain('first.txt');

    await eventually(async () => expect(await state()).toBe('IDLE'));
    expect(await retire()).toBe(true);
    expect(await ended).toBe(0);
  });

  it('empties what its agents can write beside their workspace', async () => {
    const scratch = join(local.dataDir, 'scratch');
    agentDoes(
      `mkdir -p ${scratch}/locked && echo mine > ${scratch}/locked/file && chmod 0 ${scratch}/locked; ${SAID_DONE}`,
    );
    const { assign, state } = await startWarm({ scratchDirs: [scratch, join(local.dataDir, 'missing')] });
    await untilStatus(await assign(), 'COMPLETED');
    await eventually(async () => expect(await state()).toBe('IDLE'));
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('ends when it cannot be wiped', async () => {
    agentDoes(SAID_DONE);
    const erase = () => Promise.reject(new Error('device or resource busy'));
    const { assign, ended, state } = await startWarm({
      place: (place) => {
        const { platform } = place;
        return { ...place, platform: { ...platform, mounts: { ...platform.mounts, erase } } };
      },
    });
    const record = await assign();
    expect(await ended).toBe(0);
    expect(await statusOf(record)).toBe('COMPLETED');
    expect(await state()).toBe('BUSY');
  });

  it('ends when something of its sandbox is left', async () => {
    agentDoes(SAID_DONE);
    const asked: string[] = [];
    const reap = (dispatchId: string) => {
      asked.push(dispatchId);
      return Promise.reject(new Error('the engine does not answer'));
    };
    const { assign, ended, state } = await startWarm({
      place: (place) => ({ ...place, sandboxes: { ...UNCONFINED, reap } }),
    });
    const record = await assign();
    expect(await ended).toBe(0);
    expect(asked).toEqual([record.dispatchId]);
    expect(await state()).toBe('BUSY');
  });

  it('ends, and touches nothing, when the dispatch went on to another attempt', async () => {
    const next = join(local.dataDir, 'next');
    agentDoes(`touch ${next}; sleep 60`);
    const { assign, ended } = await startWarm();
    const record = await assign({ tier: 'fast' });
    await eventually(() => expect(existsSync(next)).toBe(true));
    const running = (await control.dispatches.get(record)) as RecordIn<'RUNNING'>;
    const move = nextAttempt(running, failure('out_of_memory', 'Gone.'), record.createdAt);
    const { tenantId, dispatchId } = record;
    await control.dispatches.move({ tenantId, dispatchId, move: move! });
    expect(await ended).toBe(0);
    expect(workspacesIn('acme')).toEqual([record.workspaceId]);
  });

  it('goes on after a dispatch that was not for it, or failed; its exit code is that of the last', async () => {
    agentDoes(SAID_DONE);
    const { assign, state, ending, ended } = await startWarm();
    const cancelled = await create();
    await control.dispatches.move({
      ...cancelled,
      move: { to: 'CANCELLED', completedAt: cancelled.createdAt, exitCode: null, errorMessage: null },
    });
    await eventually(async () => expect(await state()).toBe('IDLE'));
    const workerId = (await control.pool.list())[0]!.workerId;
    await control.pool.assign({ ...cancelled, workerId, secrets: [] });
    await untilStatus(await assign(), 'COMPLETED');
    agentDoes('sleep 60');
    const slow = await assign({ timeoutSeconds: 1 });
    await untilStatus(slow, 'TIMEOUT');
    await eventually(async () => expect(await state()).toBe('IDLE'));
    ending.abort();
    expect(await ended).toBe(124);
  });

  it('stops its run when it is told to end, and takes on no other', async () => {
    agentDoes('sleep 60');
    const { assign, state, ending, ended } = await startWarm();
    const record = await assign();
    await eventually(() => expect(agentProcessesOf(record)).not.toEqual([]));
    ending.abort();
    await ended;
    expect(await control.dispatches.get(record)).toMatchObject({ status: 'FAILED' });
    expect(agentProcessesOf(record)).toEqual([]);
    expect(await state()).toBe('STOPPING');
  });

  it('ends when nobody has anything for it for too long', async () => {
    const { state, ended } = await startWarm({ maxIdleMs: 50 });
    expect(await ended).toBe(0);
    expect(await state()).toBe('STOPPING');
  });
});

it('leaves the persistent workspace of its one dispatch where it is', async () => {
  agentDoes(`echo kept > kept.txt; ${SAID_DONE}`);
  const record = await create({ workspaceMode: 'persistent' });
  const { tenantId, dispatchId, workspaceId, createdAt } = record;
  const times = { createdAt, lastUsedAt: createdAt, expiresAt: '2100-01-01T00:00:00.000Z' };
  await control.workspaces.put({ tenantId, workspaceId, ...times });
  const work = { tenantId, dispatchId, secrets: NO_SECRETS };
  const platform = openWorker(work);
  const { ended } = startLoop({ kind: 'dispatch', tenantId, dispatchId }, platform);
  expect(await ended).toBe(0);
  expect(await statusOf(record)).toBe('COMPLETED');
  expect(
    existsSync(join(local.dataDir, 'workspaces', tenantId, record.workspaceId, 'repo', 'kept.txt')),
  ).toBe(true);
});

it('leaves its dispatch to another when it is told to end before it has begun', async () => {
  agentDoes(SAID_DONE);
  const record = await create();
  const { tenantId, dispatchId } = record;
  const work = { tenantId, dispatchId, secrets: NO_SECRETS };
  const platform = openWorker(work);
  const ending = new AbortController();
  ending.abort();
  const { ended } = startLoop({ kind: 'dispatch', tenantId, dispatchId }, platform, { ending });
  expect(await ended).toBe(0);
  expect(await statusOf(record)).toBe('PENDING');
});
