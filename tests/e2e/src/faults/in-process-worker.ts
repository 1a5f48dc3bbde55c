import { UNCONFINED } from '@outpost/platform/sandbox';
import {
  readConfig,
  runDispatch,
  stopOnRequest,
  StopSignal,
  WORKER_LIMITS,
  type Worker,
} from '@outpost/agent-runner';
import type { Clock } from '@outpost/platform';
import { createAwsWorkerPlatform, readTaskArn, type AwsClients } from '@outpost/platform/aws';
import type { Container, ContainerOptions } from '@outpost/platform/testing/aws';
import { PATH } from '@outpost/test-support';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';

const EXIT_SETUP_FAILED = 125;
const NEVER_MS = 2 ** 31 - 1;
const LOGGER = pino({ level: 'silent' });

export interface InProcessWorkerOptions {
  readonly container: ContainerOptions;
  readonly clients: AwsClients;
  readonly clock: Clock;
  /** In place of the claude CLI. */
  readonly agentCommand: string;
  /** For what a worker keeps on its own disk. */
  readonly directory: string;
}

/** The worker as `main.ts` runs it, in this process, so that its calls can be made to fail one by one. */
export function startInProcessWorker(options: InProcessWorkerOptions): Container {
  const stop = new StopSignal();
  const worker = prepare(options, stop);
  return {
    ended: worker.then(runDispatch).then(
      (exitCode) => ({ exitCode }),
      () => ({ exitCode: EXIT_SETUP_FAILED }),
    ),
    stop: () => void worker.then(stopOnRequest, () => undefined),
    kill: () => stop.stop('terminated'),
  };
}

async function prepare(options: InProcessWorkerOptions, stop: StopSignal): Promise<Worker> {
  const { container, clients, clock, agentCommand, directory } = options;
  const config = readConfig({
    ...container.env,
    PATH,
    OUTPOST_DATA_DIR: directory,
    OUTPOST_AGENTS_DIR: join(directory, 'agents'),
    OUTPOST_AGENT_COMMAND_CLAUDE: agentCommand,
    OUTPOST_LOG_LEVEL: 'silent',
  });
  if (config.mode !== 'aws') throw new Error(`The worker is told to run in ${config.mode} mode.`);
  const { start, agentCommands, agentsDir, path, network, remotes, agentBaseUrls } = config;
  if (start.kind !== 'dispatch') throw new Error('The worker is told to wait for what it is assigned.');
  const { tenantId, dispatchId } = start;
  return {
    config: {
      path,
      network,
      remotes,
      agentBaseUrls,
      sandboxes: UNCONFINED,
      admitted: config.sandbox,
      repositoryLimits: config.repositoryLimits,
      mirrorsDir: join(directory, 'mirrors', tenantId),
    },
    platform: createAwsWorkerPlatform({
      settings: config.aws,
      start,
      clock,
      executables: { commands: agentCommands, agentsDir, path },
      stdout: printer(container),
      spoolDir: join(directory, 'spool', dispatchId),
      clients,
    }),
    key: { tenantId, dispatchId },
    taskArn: await readTaskArn(config.aws),
    clock,
    logger: LOGGER,
    stop,
    // Its looks for a cancellation would be calls that come when they come: here those that are walked must not change.
    limits: { ...WORKER_LIMITS, cancelPollMs: NEVER_MS },
    oomKills: () => undefined,
  };
}

function printer({ onLine }: ContainerOptions): Writable {
  return new Writable({
    write(chunk: Buffer, _, done) {
      for (const line of chunk.toString('utf8').split('\n')) if (line !== '') onLine(line);
      done();
    },
  });
}
