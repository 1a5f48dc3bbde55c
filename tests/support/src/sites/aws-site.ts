import { AGENTS } from '@outpost/contracts';
import { startAwsAccount, type AwsAccount, type AwsAccountOptions } from '@outpost/platform/testing/aws';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitServer } from '../git-server.js';
import { AGENTS_DIR, COMPILE_CACHE, Outpost, PATH } from '../outpost.js';
import { temporaryDirectory } from '../repository.js';
import { until } from '../until.js';
import { makeTenantKey } from './tenant-key.js';
import { isForWorkers, TENANT_SCOPES, withoutRepeats, type Site, type StartOptions } from './site.js';

const WORKER = fileURLToPath(import.meta.resolve('@outpost/agent-runner/main'));
/** Time for a worker to upload what it has after SIGTERM, as the stack gives it. */
const STOP_TIMEOUT_MS = 30_000;

export interface AwsSite extends Site {
  readonly account: AwsAccount;
  /** Leads git to the repositories of this machine. */
  readonly gitEnv: Readonly<Record<string, string>>;
}

export interface AwsSiteOptions extends Pick<AwsAccountOptions, 'startContainer'> {
  /** What workers need to run on this machine; by default all that its images would have. */
  readonly workerEnv?: Readonly<Record<string, string>>;
}

/** An AWS account on loopback, whose ECS starts the real worker. */
export async function openAwsSite({ workerEnv, ...options }: AwsSiteOptions = {}): Promise<AwsSite> {
  const directory = await temporaryDirectory();
  const git = await startGitServer();
  // The git server is on loopback.
  const gitHost = { GIT_SSL_CAINFO: git.certificateFile, OUTPOST_PRIVATE_REPOSITORY_HOSTS: '127.0.0.1' };
  const ofImage = {
    PATH,
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    OUTPOST_AGENTS_DIR: AGENTS_DIR,
    OUTPOST_SANDBOX: 'none',
    OUTPOST_DATA_DIR: join(directory, 'worker'),
  };
  const account = await startAwsAccount({
    ...options,
    directory,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    worker: {
      command: [process.execPath, WORKER],
      env: { ...gitHost, ...(workerEnv ?? ofImage) },
    },
  });
  await mkdir(join(directory, 'worker'));
  for (const { name, value } of providerKeys()) await account.putSecret({ name, value });
  return {
    name: 'aws',
    directory,
    account,
    gitEnv: gitHost,
    async start({ apiKey, env = {} }: StartOptions = {}) {
      const entries = Object.entries(env);
      const environment = Object.fromEntries(entries.filter(([variable]) => isForWorkers(variable)));
      await account.defineWorkers({ environment });
      return Outpost.start({
        dataDir: directory,
        ...(apiKey !== undefined && { apiKey }),
        env: { ...account.controlPlaneEnv, ...gitHost, ...env },
      });
    },
    async putSecrets(secrets) {
      for (const [name, value] of Object.entries(secrets))
        await account.putSecret({ name: `outpost/tenants/default/${name}`, value });
    },
    putGitToken: ({ host, token }) =>
      account.putSecret({ name: `outpost/tenants/default/git/${host}`, value: token }),
    trust: async (file) => appendFile(git.certificateFile, await readFile(file)),
    tenantKey: (tenantId, scopes = TENANT_SCOPES) =>
      makeTenantKey({
        tenantId,
        scopes,
        env: { ...account.controlPlaneEnv, OUTPOST_DATA_DIR: directory },
        clients: account.clients,
      }),
    repositoryUrl: async (path) => git.urlOf(path),
    workspaceOf: ({ dispatchId, workspaceId }) =>
      join(account.workspacesOf(dispatchId) ?? directory, workspaceId),
    costEvents: (dispatchId) =>
      until(async () => {
        const events = (await account.ledger()).filter((event) => event.dispatchId === dispatchId);
        return events.length === 0 ? undefined : withoutRepeats(events);
      }),
    async close() {
      await account.close();
      await git.close();
    },
  };
}

function providerKeys(): { name: string; value: string }[] {
  return Object.entries(AGENTS).map(([agent, { apiKeyVariable }]) => ({
    name: `outpost/agents/${agent}`,
    value: JSON.stringify({ [apiKeyVariable]: `dummy-key-of-${agent}-0123456789` }),
  }));
}
