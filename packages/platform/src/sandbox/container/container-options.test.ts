import { expect, it } from 'vitest';
import type { Confinement } from '../sandbox.js';
import { containerOptions, type ContainerParams } from './container-options.js';

const CONFINEMENT: Confinement = {
  dispatchId: 'D1',
  cwd: '/data/w/repo',
  writable: ['/data/w/repo', '/data/w/home'],
  readable: ['/data/w/task.md', '/etc/ssl/certs', '/etc/ssl/certs'],
  programs: ['/usr/bin/node', '/data/agents/claude/node_modules'],
  scratchDir: '/scratch',
  maxProcesses: 1_024,
  maxFileBytes: 5_000,
  memoryBytes: 1_000_000,
  processors: 0.5,
  egress: { socket: '/scratch/egress.sock', forwards: [] },
};
const PARAMS: ContainerParams = {
  image: 'localhost/outpost-claude:latest',
  program: { file: 'claude', args: ['-p'] },
  confinement: CONFINEMENT,
  user: '100001:100001',
  keepsUser: false,
  relay: '/dist/relay.js',
  callDir: '/scratch/call',
  passwd: '/scratch/passwd',
};

it('nothing is left to the defaults of the engine that keeps the agent in', () => {
  expect(containerOptions(PARAMS)).toMatchObject({
    User: '100001:100001',
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: expect.arrayContaining(['no-new-privileges']) as string[],
      Memory: 1_000_000,
      MemorySwap: 1_000_000,
      NanoCpus: 500_000_000,
      PidsLimit: 1_024,
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777,size=500000' },
      Ulimits: expect.arrayContaining([
        { Name: 'fsize', Soft: 5_000, Hard: 5_000 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ]) as object[],
    },
  });
});

it('only what is its own can be written; of the programs, those that the image may have stay out', () => {
  const { Mounts = [] } = containerOptions(PARAMS).HostConfig ?? {};
  const places = (isReadOnly: boolean): string[] =>
    Mounts.filter(({ ReadOnly }) => ReadOnly === isReadOnly).map(({ Target }) => Target);
  expect(places(false)).toEqual(['/data/w/repo', '/data/w/home', '/scratch/egress.sock']);
  expect(places(true)).toEqual([
    '/data/w/task.md',
    '/etc/ssl/certs',
    '/data/agents/claude/node_modules',
    '/outpost/relay.mjs',
    '/outpost/call',
    '/etc/passwd',
  ]);
});

it('what the engine is told has no variable of the agent but its mark', () => {
  expect(containerOptions(PARAMS).Env).toEqual(['OUTPOST_AGENT_RUN=D1']);
});

it('in the podman of a user the user stays the same', () => {
  expect(containerOptions({ ...PARAMS, keepsUser: true }).HostConfig?.UsernsMode).toBe('keep-id');
  expect(containerOptions(PARAMS).HostConfig?.UsernsMode).toBeUndefined();
});
