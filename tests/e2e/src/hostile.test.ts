import { TIERS } from '@outpost/contracts';
import {
  applyPatch,
  bubblewrapDirectory,
  git,
  makeRepository,
  Outpost,
  PATH,
  startContainerEngine,
  temporaryDirectory,
  until,
} from '@outpost/test-support';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

const AGENT = fileURLToPath(new URL('./hostile/hostile-agent.mjs', import.meta.url));
const MAX_LOG_BYTES = 50 * 1024 ** 2;
const SECRET = 'the-secret-of-another-tenant';

/** Which attempts succeed in which sandbox: all others fail. Without one, all that the runner's user may do succeeds. */
const SUCCEEDS: Readonly<Record<'container' | 'bwrap' | 'uid', readonly string[]>> = {
  container: [],
  bwrap: [],
  uid: ['reaches a service of the machine', 'reaches the control plane'],
};

const bwrap = bubblewrapDirectory();
if (bwrap === undefined)
  console.warn('SKIPPED: the hostile agent under bwrap, as there is no bubblewrap here.');
const engine = await startContainerEngine(['base']);
afterAll(() => engine?.stop());
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: the hostile agent under uid, as only root may change users.');

let services: Server;
let outpost: Outpost | undefined;
beforeEach(async () => {
  services = createServer((_, response) => response.end('credentials'));
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await outpost?.stop();
  services.close();
});

/** Runs the hostile agent, and resolves with what is left of it. */
async function attack(
  sandbox: string,
): Promise<{ outcomes: Record<string, boolean>; dataDir: string; log: string }> {
  const dataDir = await temporaryDirectory();
  // As a data directory is that another user may get to.
  chmodSync(dirname(dataDir), 0o711);
  const shared = await temporaryDirectory();
  chmodSync(shared, 0o755);
  const command = join(shared, 'claude');
  copyFileSync(AGENT, command);
  chmodSync(command, 0o755);
  writeFileSync(
    join(dataDir, 'secrets.json'),
    JSON.stringify({ tenants: { other: { secrets: { A: SECRET } } } }),
    {
      mode: 0o600,
    },
  );
  writeFileSync(join(dataDir, 'bootstrap-api-key'), 'key', { mode: 0o600 });
  const other = join(dataDir, 'workspaces', 'other', 'theirs');
  mkdirSync(other, { recursive: true, mode: 0o700 });
  writeFileSync(join(other, 'file'), SECRET, { mode: 0o600 });
  outpost = await Outpost.start({
    dataDir,
    env: {
      PATH: bwrap === undefined ? PATH : `${bwrap}:${PATH}`,
      OUTPOST_SANDBOX: sandbox,
      OUTPOST_AGENTS_DIR: join(dataDir, 'agents'),
      OUTPOST_AGENT_COMMAND_CLAUDE: command,
      DOCKER_HOST: engine?.host ?? '',
      OUTPOST_AGENT_IMAGE_CLAUDE: 'localhost/outpost-base:latest',
    },
  });
  const target = {
    dataDir,
    runner: outpost.pid,
    otherFile: join(other, 'file'),
    credentials: `http://127.0.0.1:${(services.address() as AddressInfo).port}/role`,
    controlPlane: `${outpost.url}/health`,
    engine: engine?.host.replace('unix://', ''),
    memoryBytes: TIERS.fast.memoryMb * 1024 ** 2,
    diskBytes: TIERS.fast.storageGb * 1024 ** 3,
    processes: TIERS.fast.cpuUnits * 2 + 1,
    daemonSeconds: `4${outpost.pid}`,
    floodBytes: MAX_LOG_BYTES * 1.2,
  };
  const repo = await makeRepository();
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    tier: 'fast',
    repo,
    task: `HOSTILE:${JSON.stringify(target)}`,
  });
  const ended = await outpost.ended(dispatchId);
  expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
  const patch = await outpost.artifact(dispatchId, 'changes.patch');
  expect(patch).not.toContain(SECRET);
  await expectNothingPlanted(repo, ended.changes!.baseCommit, {
    patch,
    bundle: await outpost.artifactBytes(dispatchId, 'repo.bundle'),
  });
  const lines = /outcomes\.json\n@@[^\n]*\n((?:\+[^\n]*\n)+)/.exec(patch)?.[1] ?? '';
  const outcomes = JSON.parse(lines.replaceAll(/^\+/gm, '')) as Record<string, boolean>;
  const log = await outpost.artifact(dispatchId, 'output.log');
  await until(async () => (isRunning(`sleep ${target.daemonSeconds}`) ? undefined : true));
  expect(await outpost.artifact(dispatchId, 'summary.json')).toContain('"COMPLETED"');
  return { outcomes, dataDir, log };
}

/** Whoever applies the patch, or fetches the bundle, gets files of the repository and nothing else. */
async function expectNothingPlanted(
  repo: string,
  baseCommit: string,
  { patch, bundle }: { readonly patch: string; readonly bundle: Buffer },
): Promise<void> {
  const clone = await applyPatch(repo, baseCommit, Buffer.from(patch));
  expect(readFileSync(join(clone, 'quoted'), 'utf8')).toContain('planted by the patch');
  expect(readdirSync(dirname(clone)).filter((name) => name.startsWith('planted'))).toEqual([]);
  expect(existsSync(join(clone, '.git', 'hooks', 'planted-hook'))).toBe(false);
  const file = join(await temporaryDirectory(), 'repo.bundle');
  writeFileSync(file, bundle);
  await git(clone, '-c', 'fetch.fsckObjects=true', 'fetch', '--quiet', file, '+refs/*:refs/bundle/*');
  const refs = (await git(clone, 'for-each-ref', '--format=%(refname)', 'refs/bundle')).split('\n');
  expect(refs).not.toEqual(['']);
  for (const ref of refs) {
    const paths = (await git(clone, 'ls-tree', '-r', '-z', '--name-only', ref)).split('\0');
    expect(paths).toContain('quoted');
    expect(paths.filter((path) => /(^|\/)(\.git|\.\.)(\/|$)/i.test(path) || path.startsWith('/'))).toEqual(
      [],
    );
  }
}

function isRunning(command: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === command
      );
    } catch {
      return false;
    }
  });
}

describe('an agent that does what a hostile repository tells it', () => {
  const sandboxes = [
    { name: 'container' as const, works: engine !== undefined },
    { name: 'bwrap' as const, works: bwrap !== undefined },
    { name: 'uid' as const, works: isRoot },
  ];
  for (const { name, works } of sandboxes)
    it.runIf(works)(`gets nothing that is not its own under ${name}`, { timeout: 180_000 }, async () => {
      const { outcomes, dataDir, log } = await attack(name);
      expect(Object.keys(outcomes).length).toBeGreaterThan(15);
      const succeeded = Object.keys(outcomes).filter((attempt) => outcomes[attempt]);
      expect(succeeded).toEqual(SUCCEEDS[name]);
      for (const planted of ['planted', 'fsmonitor', 'hook'])
        expect(existsSync(join(dataDir, planted))).toBe(false);
      expect(log.length).toBeLessThan(MAX_LOG_BYTES * 1.01);
      expect(log).not.toContain(SECRET);
    });
});
