import type { Scope } from '@outpost/contracts';
import { createServices, readConfig } from '@outpost/control-plane';
import { systemClock, type ControlPlatform } from '@outpost/platform';
import { createAwsControlPlatform } from '@outpost/platform/aws';
import { createLocalControlPlatform } from '@outpost/platform/local';
import type { AwsClients } from '@outpost/platform/aws';
import { pino } from 'pino';

interface TenantKeyParams {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** Of a control plane of the site. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the site's account. */
  readonly clients?: AwsClients;
}

/** POST /api-keys makes keys of the caller's own tenant; the first key of a tenant comes from whoever runs Outpost. */
export async function makeTenantKey({ tenantId, scopes, env, clients }: TenantKeyParams): Promise<string> {
  const config = readConfig(env);
  const platform = await openPlatform(config, clients);
  try {
    const logger = pino({ level: 'silent' });
    const { signal } = new AbortController();
    const { apiKeys } = createServices({ config, platform, logger, shutdown: signal });
    const { key } = await apiKeys.create({ tenantId, name: 'test', scopes: [...scopes] });
    return key;
  } finally {
    // The clients of an account are not this platform's to close.
    if (clients === undefined) await platform.close();
  }
}

async function openPlatform(
  config: ReturnType<typeof readConfig>,
  clients: AwsClients | undefined,
): Promise<ControlPlatform> {
  const { maxBytes: maxRepositoryBytes } = config.repositoryLimits;
  const git = { path: config.path, home: config.dataDir, ambient: {}, remotes: config.repositories };
  if (config.mode === 'aws')
    return createAwsControlPlatform({
      settings: config.aws,
      clock: systemClock,
      git,
      maxRepositoryBytes,
      ...(clients !== undefined && { clients }),
    });
  return createLocalControlPlatform({
    dataDir: config.dataDir,
    clock: systemClock,
    environment: {},
    remotes: config.repositories,
    maxRepositoryBytes,
    executables: { commands: {}, agentsDir: config.agentsDir, path: config.path },
    worker: { command: [process.execPath, '-e', ''], env: {}, stopGraceMs: 0 },
  });
}
