import { OutpostClient } from '@outpost/client';
import { parseRepository, type AgentName } from '@outpost/contracts';
import { startScriptedModel } from '@outpost/scripted-model';
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lock } from 'proper-lockfile';
import { installAgents } from '../agents/install.js';
import { NPM_AGENTS } from '../agents/pinned.js';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { startControlPlane, type ControlPlane } from './control-plane.js';
import { describeModels, modelEnvironment, planModels } from '../models.js';
import { PatchChecker } from './patch-check.js';
import { startProgress, type ProgressStream } from './progress.js';
import { placesOf } from './places.js';
import { createShopRepository } from './repository.js';
import { collectRun, type DemoDocument } from './results.js';
import { runAll } from './run.js';
import { ANY_REPOSITORY_TASK, SHOP_TASK, type DemoTask } from './tasks.js';

export interface DemoParams {
  readonly config: CliConfig;
  /** A repository to use in place of the one that the demo makes. */
  readonly repo: string | undefined;
  /** For everything but the result. */
  readonly stream: ProgressStream;
  readonly signal: AbortSignal;
  /** Called with the result while the control plane still runs. */
  readonly onResult: (
    document: DemoDocument,
    server: { readonly url: string; readonly apiKey: string },
  ) => Promise<void>;
}

/** The whole demo: real CLIs change a real repository through the HTTP API of a control plane of its own. */
export async function runDemo(params: DemoParams): Promise<void> {
  const { config, stream, signal } = params;
  const say = (text: string): void => void stream.write(`${text}\n`);
  const { repo, task } = taskOf(params);
  const plan = planModels(NPM_AGENTS, config.providers);
  say(`${describeModels(plan)}\n`);
  const { failures } = await installAgents({ agents: NPM_AGENTS, config, report: say, signal });
  if (failures.length > 0) throw new CliError(failures.map(({ message }) => message).join('\n\n'));

  await using _ = await freshDirectory(placesOf(config).demoDir);
  if (params.repo === undefined) await createShopRepository(repo, config.base);
  await using model = await startScriptedModel();
  model.script(task.script);
  const apiKey = `otp_${randomBytes(32).toString('hex')}`;
  const models = modelEnvironment({ plan, providers: config.providers, model });
  await using server = await startServer({ config, apiKey, models, signal });
  say(`\nControl plane at ${server.url}\nDispatching to ${NPM_AGENTS.join(', ')}:\n\n${indent(task.task)}\n`);
  const client = new OutpostClient({ baseUrl: server.url, apiKey });
  const document: DemoDocument = {
    mode: plan.mode,
    repo,
    dataDir: placesOf(config).demoDir,
    runs: await dispatchAll({ ...params, client, repo, task: task.task, lost: server.lost }),
  };
  await params.onResult(document, { url: server.url, apiKey });
}

/** What is asked, and where. */
function taskOf({ config, repo }: DemoParams): { readonly repo: string; readonly task: DemoTask } {
  if (repo === undefined) return { repo: placesOf(config).repoDir, task: SHOP_TASK };
  const isRelativePath = /^\.{1,2}(\/|$)/.test(repo);
  const address = isRelativePath ? resolve(config.callerDir, repo) : repo;
  if (parseRepository(address) === undefined) {
    throw new CliError(`--repo must be a path (/… or ./…), owner/name, or an https or ssh URL: ${repo}`);
  }
  return { repo: address, task: ANY_REPOSITORY_TASK };
}

async function startServer(params: {
  readonly config: CliConfig;
  readonly apiKey: string;
  readonly models: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<ControlPlane> {
  const { config, apiKey, models, signal } = params;
  const { serverDir, logFile, demoDir } = placesOf(config);
  return startControlPlane({
    cwd: demoDir,
    logFile,
    signal,
    env: {
      ...config.network,
      ...config.base,
      ...models,
      PORT: '0',
      HOST: '127.0.0.1',
      OUTPOST_SANDBOX: 'none',
      OUTPOST_RATE_LIMIT_PER_MINUTE: '0',
      OUTPOST_DATA_DIR: serverDir,
      OUTPOST_AGENTS_DIR: config.agentsDir,
      OUTPOST_BOOTSTRAP_API_KEY: apiKey,
    },
  });
}

async function dispatchAll(
  params: DemoParams & {
    readonly client: OutpostClient;
    readonly repo: string;
    readonly task: string;
    readonly lost: AbortSignal;
  },
) {
  const { config, client, repo, task } = params;
  const agents: readonly AgentName[] = NPM_AGENTS;
  const signal = AbortSignal.any([params.signal, params.lost]);
  const progress = startProgress(params.stream, agents);
  const onInterrupt = (): void => {
    progress.stop();
    params.stream.write('\nCancelling the dispatches …\n');
  };
  params.signal.addEventListener('abort', onInterrupt, { once: true });
  const results = await runAll({ client, agents, task, repo, observer: progress, signal }).finally(() => {
    progress.stop();
    params.signal.removeEventListener('abort', onInterrupt);
  });
  const { checkDir, resultsDir } = placesOf(config);
  const url = parseRepository(repo)?.url ?? repo;
  const checker = new PatchChecker({ url, directory: checkDir, base: config.base, signal });
  const runs = [];
  for (const result of results) {
    const directory = join(resultsDir, result.agent);
    runs.push(await collectRun({ client, result, checker, directory, signal }));
  }
  return runs;
}

/** Empties the demo's directory and keeps it to this run. */
async function freshDirectory(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  const lockfilePath = `${directory}.lock`;
  const release = await lock(directory, { lockfilePath, onCompromised: () => undefined }).catch(
    (error: unknown) => {
      throw new CliError(`Another demo uses ${directory}. Wait for it, or set OUTPOST_DATA_DIR.`, {
        cause: error,
      });
    },
  );
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  return { [Symbol.asyncDispose]: () => release().catch(() => undefined) };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
