import closeWithGrace from 'close-with-grace';
import { chooseSandboxes, UNCONFINED, type Sandboxes } from '@outpost/platform/sandbox';
import { pino, type Logger } from 'pino';
import { mkdir } from 'node:fs/promises';
import { bootstrapApiKey, type BootstrapKey } from './bootstrap-key.js';
import { createPlatform, createServices } from './compose.js';
import { readConfig, type Config } from './config.js';
import { createApp } from './http/app.js';
import { ReconcileLoop } from './reconcile-loop.js';
import { listen } from './server.js';
import { VERSION } from './version.js';

const SHUTDOWN_LIMIT_MS = 20_000;

async function main(): Promise<void> {
  // What is written here is for this user alone.
  process.umask(0o077);
  const { config, sandboxes, sandbox } = await withSandboxes(readConfig());
  const logger = pino({ level: config.logLevel });
  const shutdown = new AbortController();
  const platform = await createPlatform(config, sandboxes);
  const services = createServices({ config, platform, logger, shutdown: shutdown.signal });
  const bootstrap = await bootstrapApiKey({
    apiKeys: services.apiKeys,
    configured: config.bootstrapApiKey,
    // The disk of a container is gone with it, and with it would be the key.
    directory: config.mode === 'local' ? config.dataDir : undefined,
  });
  const app = createApp({ ...config, services, logger, version: VERSION, shutdown: shutdown.signal });
  const server = await listen(app, config);
  const { reconciler } = services;
  const loop = new ReconcileLoop({ reconciler, intervalMs: config.reconcileIntervalMs });
  platform.tasks.onStopped(() => loop.poke());
  const unsubscribe = platform.feed.subscribe((ends) => {
    services.scheduler.poke();
    // ECS tells of tasks that have stopped: one may have done so without a report.
    if (config.mode === 'aws' && ends.length === 0) loop.poke();
    void services.metrics.countEnds(ends);
  });
  loop.poke();

  closeWithGrace({ delay: SHUTDOWN_LIMIT_MS, logger }, async ({ signal, err }) => {
    logger.info({ signal, err }, 'shutting down; workers go on');
    shutdown.abort();
    await server.close();
    unsubscribe();
    await loop.stop();
    await services.scheduler.stop();
    await services.promotionsAhead.settled();
    await services.deliverer.stop();
    // What was admitted last is still being launched.
    await services.launcher.settled();
    await services.reconciler.release();
    await services.audit.settled();
    await services.keyUsage
      .flush()
      .catch((error: unknown) => logger.warn({ err: error }, 'key usage not written'));
    await platform.close();
  });
  announce({ config, logger, url: server.url, location: platform.location, sandbox, bootstrap });
}

interface WithSandboxes {
  readonly config: Config;
  readonly sandboxes: Sandboxes;
  /** For people. */
  readonly sandbox: string | undefined;
}

/** Workers of this machine are told what was found to work; on AWS each finds out for itself. */
async function withSandboxes(config: Config): Promise<WithSandboxes> {
  if (config.mode !== 'local') return { config, sandboxes: UNCONFINED, sandbox: undefined };
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const sandboxes = await chooseSandboxes(config.sandbox.wanted, { ...config, ...config.sandbox });
  const { wanted, engine } = sandboxes.settled;
  const settled = { ...config.sandbox, wanted, engine: { ...config.sandbox.engine, host: engine } };
  return { config: { ...config, sandbox: settled }, sandboxes, sandbox: await sandboxes.summary() };
}

/** A line for machines on stdout, and one for people on stderr. */
function announce(params: {
  config: Config;
  logger: Logger;
  url: string;
  location: string;
  sandbox: string | undefined;
  bootstrap: BootstrapKey | undefined;
}): void {
  const { config, logger, url, location, bootstrap } = params;
  logger.info({ event: 'listening', url, mode: config.mode, location }, `listening on ${url}`);
  const sandbox = params.sandbox === undefined ? '' : `\n  Sandbox   ${params.sandbox}`;
  process.stderr.write(
    `\n  Outpost   ${url}\n  Data      ${location}${sandbox}${describeKey(bootstrap)}\n\n`,
  );
}

function describeKey(bootstrap: BootstrapKey | undefined): string {
  if (bootstrap === undefined)
    return '\n  API key   none was made; to make one, start with OUTPOST_BOOTSTRAP_API_KEY';
  const { isNew, key, file } = bootstrap;
  if (file === undefined) return '';
  return `\n  API key   ${isNew ? `${key}  (shown this once; kept in ${file})` : `kept in ${file}`}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`Outpost did not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
