import { Command } from 'commander';
import { resolve } from 'node:path';
import { NPM_AGENTS } from '../agents/pinned.js';
import { readConfig, setEnvironment } from '../config.js';
import { describeModels, modelEnvironment, planModels } from '../models.js';

interface UpOptions {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly scriptedModel?: true;
}

/** `outpost up`: the control plane, in this process. */
export function upCommand(): Command {
  return new Command('up')
    .description('run the control plane on this machine')
    .option('--port <port>', 'port to listen on (PORT, else 3000; 0 takes a free one)')
    .option('--host <host>', 'address to listen on (HOST, else 127.0.0.1)')
    .option('--data-dir <directory>', 'where everything is kept (OUTPOST_DATA_DIR, else .outpost)')
    .option(
      '--scripted-model',
      'give agents without a provider key a model that follows a script, on this machine',
    )
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
  if (options.scriptedModel === true) await serveScriptedModel();
  // The module is the program: it reads the environment and serves until a signal.
  await import(import.meta.resolve('@outpost/control-plane/main'));
}

/** For trying Outpost out: whatever the task is, the agent writes one file. */
async function serveScriptedModel(): Promise<void> {
  const { providers } = readConfig();
  const plan = planModels(NPM_AGENTS, providers);
  process.stderr.write(`${describeModels(plan)}\n`);
  if (plan.scripted.length === 0) return;
  const { startScriptedModel } = await import('@outpost/scripted-model');
  const model = await startScriptedModel();
  model.script({
    // In every prompt.
    marker: '',
    files: [
      {
        path: 'NOTES.md',
        content:
          '# Notes\n\nWritten by a scripted model: with a provider key, a real one would do the task.\n',
      },
    ],
    finalMessage: 'Wrote NOTES.md. I follow a script: with a provider key, a real model would do the task.',
  });
  setEnvironment(modelEnvironment({ plan, providers, model }));
}
