import { Command } from 'commander';
import { resolve } from 'node:path';
import { readConfig, setEnvironment } from '../config.js';

interface UpOptions {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
}

/** `outpost up`: the control plane, in this process. */
export function upCommand(): Command {
  return new Command('up')
    .description('run the control plane on this machine')
    .option('--port <port>', 'port to listen on (PORT, else 3000; 0 takes a free one)')
    .option('--host <host>', 'address to listen on (HOST, else 127.0.0.1)')
    .option('--data-dir <directory>', 'where everything is kept (OUTPOST_DATA_DIR, else .outpost)')
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const { callerDir } = readConfig();
  setEnvironment({
    PORT: options.port,
    HOST: options.host,
    OUTPOST_DATA_DIR: options.dataDir === undefined ? undefined : resolve(callerDir, options.dataDir),
  });
  // Said outright: `outpost agents install` counts relative paths from the same places.
  const { dataDir, agentsDir } = readConfig();
  setEnvironment({ OUTPOST_DATA_DIR: dataDir, OUTPOST_AGENTS_DIR: agentsDir });
  // The module is the program: it reads the environment and serves until a signal.
  await import(import.meta.resolve('@outpost/control-plane/main'));
}
