import { AGENTS } from '@outpost/contracts';
import { REPOSITORY_ROOT, startContainerEngine } from '@outpost/test-support';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/** Those that can be built from npm and Debian (aider comes from PyPI), and what they may take at most. */
const AGENT_IMAGES = { claude: 750, codex: 850, gemini: 550, grok: 750 } as const;
const CONTROL_PLANE_MB = 400;
/** An agent's CLI as the sandbox runs it: as nobody, without a network, on a disk that cannot be written to. */
const HARDENED = [
  '--rm',
  '--network=none',
  '--read-only',
  '--read-only-tmpfs=false',
  '--tmpfs=/tmp',
  '--user=10001:10001',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--memory=1g',
  '--cpus=1',
  '--pids-limit=200',
  '--no-healthcheck',
  '--entrypoint=/usr/bin/tini',
];
const LIMIT_MS = 120_000;

const names = Object.keys(AGENT_IMAGES) as (keyof typeof AGENT_IMAGES)[];
const engine = await startContainerEngine(['base', 'control-plane', ...names]);
const podman = async (...args: string[]): Promise<string> => engine!.podman.run('podman', args);
const nameOf = (folder: string): string => `localhost/outpost-${folder}:latest`;

interface Image {
  readonly Size: number;
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Config: {
    readonly Env: readonly string[];
    readonly Volumes?: Readonly<Record<string, object>>;
  };
}

async function inspect(folder: string): Promise<Image> {
  return (JSON.parse(await podman('image', 'inspect', nameOf(folder))) as [Image])[0];
}

describe.skipIf(engine === undefined)('images', { timeout: LIMIT_MS }, () => {
  afterAll(() => engine!.stop());

  describe.each(names)('of %s', (agent) => {
    it('run its pinned CLI as a sandbox does', async () => {
      const { Labels } = await inspect(agent);
      const version = Labels['outpost.cli.version']!;
      const { executable } = AGENTS[agent];
      expect(
        await podman('run', ...HARDENED, '--env=HOME=/tmp', nameOf(agent), '--', executable, '--version'),
      ).toContain(version);
    });

    it('say whose they are, which CLI and which tier', async () => {
      const lock = readFileSync(
        join(REPOSITORY_ROOT, 'infra/images', agent, 'cli/package-lock.json'),
        'utf8',
      );
      const { Labels } = await inspect(agent);
      expect(Labels).toMatchObject({
        'org.opencontainers.image.title': `outpost-${agent}`,
        'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        'outpost.agent': agent,
        'outpost.tier': AGENTS[agent].tier,
      });
      expect(lock).toContain(`"version": "${Labels['outpost.cli.version']}"`);
    });

    it('have the runner, and volumes for all that is written', async () => {
      const { Config } = await inspect(agent);
      expect(Object.keys(Config.Volumes ?? {}).toSorted()).toEqual([
        '/tmp',
        '/var/lib/outpost',
        '/workspace',
      ]);
      const list = await podman(
        'run',
        ...HARDENED,
        nameOf(agent),
        '--',
        'ls',
        '/opt/outpost/agent-runner/bundle',
      );
      expect(list.split('\n').toSorted()).toEqual(['relay.js', 'run-container.js', 'runner.js']);
    });

    it('are not larger than they need be', async () => {
      const report = await engine!.reportOf(agent);
      console.info(report);
      expect(Number(/: +([\d.]+) MB/.exec(report)?.[1])).toBeLessThan(AGENT_IMAGES[agent]);
    });
  });

  it('of the control plane are not larger than they need be, and run as nobody in particular', async () => {
    const { User, Size } = await inspect('control-plane');
    expect(User).toBe('10000:10000');
    expect(Size / 1e6).toBeLessThan(CONTROL_PLANE_MB);
  });

  it('hold no secret, in their variables or their history', async () => {
    for (const folder of [...names, 'control-plane']) {
      const { Config } = await inspect(folder);
      const history = await podman('history', '--no-trunc', '--format={{.CreatedBy}}', nameOf(folder));
      expect([...Config.Env, history].join('\n')).not.toMatch(/(_API_KEY|TOKEN|PASSWORD|SECRET)[A-Z_]*=/);
    }
  });
});
