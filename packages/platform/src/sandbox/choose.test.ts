import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseSandboxes } from './choose.js';
import type { Machine } from './machine.js';

const CLAUDE = 'localhost/outpost-claude:latest';
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** What is asked of an engine before it runs anything. Resolves with its socket. */
async function startEngine({ images = [] as readonly string[], ping = 200 } = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-engine-'));
  opened.push(() => rm(directory, { recursive: true }));
  const socket = join(directory, 'engine.sock');
  const server = createServer(({ url = '' }, response) => {
    const image = /\/images\/(.+)\/json$/.exec(decodeURIComponent(url))?.[1];
    const isFound = image !== undefined && images.includes(image);
    response.statusCode = url.endsWith('/_ping') ? ping : isFound ? 200 : 404;
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  return socket;
}

/** With a PATH on which nothing is, so that neither bwrap nor setpriv is found. */
function machineWith(overrides: Partial<Machine>): Machine {
  return {
    path: '/no/such/directory',
    dataDir: '/no/such/data',
    agentsDir: '/no/such/agents',
    agentUser: 4_711,
    engine: { host: undefined, runtimeDir: undefined },
    images: {},
    ...overrides,
  };
}

const engineAt = (host: string): Partial<Machine> => ({ engine: { host, runtimeDir: undefined } });
const reasonFor = (wanted: 'auto' | 'container', overrides: Partial<Machine>): Promise<string> =>
  chooseSandboxes(wanted, machineWith(overrides)).then(
    () => expect.fail('something works'),
    (error: Error) => error.message,
  );

describe('without a sandbox that works', () => {
  it('all are named, each with what it lacks, and what to do', async () => {
    const said = await reasonFor('auto', engineAt('unix:///no/such.sock'));
    expect(said).toContain('No sandbox works here');
    expect(said).toContain('container: there is no /no/such.sock, which DOCKER_HOST or CONTAINER_HOST names');
    expect(said).toContain('bwrap: bwrap is not on PATH (Debian: apt-get install bubblewrap)');
    expect(said).toMatch(/uid: (setpriv and prlimit are needed|only root may)/);
    expect(said).toContain('OUTPOST_SANDBOX=none');
  });

  it.each(['tcp://10.0.0.1:2375', 'ssh://me@machine'])(
    'an engine of another machine (%s) is none',
    async (host) => {
      const said = await reasonFor('container', engineAt(host));
      expect(said).toContain('The sandbox container does not work here');
      expect(said).toContain(`is ${host}: agents need an engine of this machine, as unix://`);
      expect(said).not.toContain('bwrap');
    },
  );

  it('an engine that does not answer is none', async () => {
    const socket = await startEngine({ ping: 500 });
    expect(await reasonFor('container', engineAt(`unix://${socket}`))).toContain(
      `the engine on ${socket} does not answer`,
    );
  });
});

describe('with an engine', () => {
  it('an agent has a container when its image is there, and else is told how to build it', async () => {
    const socket = await startEngine({ images: [CLAUDE] });
    const machine = machineWith(engineAt(`unix://${socket}`));
    const sandboxes = await chooseSandboxes('container', machine, { isSettled: true });
    expect(await sandboxes.for('claude')).toMatchObject({ name: 'container', bringsCli: true });
    await expect(sandboxes.for('codex')).rejects.toThrow(
      'There is no image localhost/outpost-codex:latest. Build it: npm run image -- codex',
    );
    expect(await sandboxes.summary()).toContain(`container for claude (${socket})`);
    expect(sandboxes.settled).toEqual({ wanted: 'container', engine: `unix://${socket}` });
  });

  it('the image of an agent may be another', async () => {
    const images = { codex: 'registry.example.com/codex:7', grok: 'registry.example.com/grok:7' };
    const socket = await startEngine({ images: [images.codex] });
    const machine = machineWith({ ...engineAt(`unix://${socket}`), images });
    const sandboxes = await chooseSandboxes('container', machine, { isSettled: true });
    expect(await sandboxes.for('codex')).toMatchObject({ name: 'container' });
    await expect(sandboxes.for('grok')).rejects.toThrow(
      'There is no image registry.example.com/grok:7. Pull or build it; OUTPOST_AGENT_IMAGE_GROK names it.',
    );
  });

  it.runIf(process.getuid?.() === 0)(
    'auto takes the next strongest for an agent without an image, and says so',
    async () => {
      const socket = await startEngine({ images: [CLAUDE] });
      const machine = machineWith({ ...engineAt(`unix://${socket}`), path: '/usr/bin:/bin' });
      const sandboxes = await chooseSandboxes('auto', machine, { isSettled: true });
      const next = (await sandboxes.for('codex')).name;
      expect(['bwrap', 'uid']).toContain(next);
      expect((await sandboxes.for('claude')).name).toBe('container');
      expect(await sandboxes.summary()).toContain(`codex: ${next}. There is no image`);
      expect(sandboxes.settled.wanted).toBe('auto');
    },
  );

  it('an image that does not run counts as no engine, once it is tried', async () => {
    const socket = await startEngine({ images: [CLAUDE] });
    expect(await reasonFor('container', engineAt(`unix://${socket}`))).toContain(
      'container: a container does not run here',
    );
  });
});

it('none is never chosen by itself, and needs nothing', async () => {
  const sandboxes = await chooseSandboxes('none', machineWith({}));
  expect((await sandboxes.for('claude')).name).toBe('none');
  expect(await sandboxes.summary()).toBe('none');
});
