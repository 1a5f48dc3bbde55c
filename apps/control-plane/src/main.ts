import closeWithGrace from 'close-with-grace';
import { pino, type Logger } from 'pino';
import { bootstrapApiKey, type BootstrapKey } from './bootstrap-key.js';
import { createPlatform, createServices } from './compose.js';
import { readConfig, type Config } from './config.js';
import { createApp } from './http/app.js';
import { ReconcileLoop } from './reconcile-loop.js';
import { listen } from './server.js';
import { VERSION } from './version.js';

const RECONCILE_INTERVAL_MS = 1_000;
const SHUTDOWN_LIMIT_MS = 20_000;

async function main(): Promise<void> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel });
  const shutdown = new AbortController();
  const platform = createPlatform(config);
  const services = createServices({ config, platform, logger, shutdown: shutdown.signal });
  const bootstrap = await bootstrapApiKey({
    apiKeys: services.apiKeys,
    configured: config.bootstrapApiKey,
    dataDir: config.dataDir,
  });
  const app = createApp({ services, logger, version: VERSION, shutdown: shutdown.signal });
  const server = await listen(app, config);
  const loop = new ReconcileLoop({ reconciler: services.reconciler, intervalMs: RECONCILE_INTERVAL_MS });
  platform.tasks.onStopped(() => loop.poke());
  loop.poke();

  closeWithGrace({ delay: SHUTDOWN_LIMIT_MS, logger }, async ({ signal, err }) => {
    logger.info({ signal, err }, 'shutting down; workers go on');
    shutdown.abort();
    await server.close();
    await loop.stop();
    await services.launcher.settled();
    await platform.close();
  });
  announce({ config, logger, url: server.url, bootstrap });
}

/** A line for machines on stdout, and one for people on stderr. */
function announce(params: { config: Config; logger: Logger; url: string; bootstrap: BootstrapKey }): void {
  const { config, logger, url, bootstrap } = params;
  logger.info({ event: 'listening', url, mode: config.mode, dataDir: config.dataDir }, `listening on ${url}`);
  if (config.sandbox === 'auto') {
    logger.warn(
      'no sandbox on this machine: agents run as this user. OUTPOST_SANDBOX=none says that this is wanted.',
    );
  }
  const key = bootstrap.file === undefined ? '' : `\n  API key   ${describeKey(bootstrap)}`;
  process.stderr.write(`\n  Outpost   ${url}\n  Data      ${config.dataDir}${key}\n\n`);
}

function describeKey({ isNew, key, file }: BootstrapKey): string {
  return isNew ? `${key}  (shown this once; kept in ${file})` : `kept in ${file}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`Outpost did not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
