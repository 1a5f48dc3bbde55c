import type {
  ArtifactList,
  CreatedWebhook,
  Dispatch,
  DispatchPage,
  LogPage,
  WebhookDeliveryPage,
} from '@outpost/contracts';
import {
  fakeAgentEnv,
  makeRepository,
  shellTask,
  temporaryDirectory,
  until,
  workerProcesses,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from './api-request.js';
import type { KnownValues } from './schema-values.js';

/** A port of loopback on which nothing listens: what a request names of the world outside is refused at once. */
const NOWHERE = 'http://127.0.0.1:9';
const WEBHOOK_URL = 'https://127.0.0.1:9/hook';
const TENANT_SECRET = 'fuzz-tenant-secret-8f3b1c';
/** Stands in the tasks of tenant `default`. */
const TENANT_MARK = 'of-tenant-default-only';

/** A control plane with something to ask for: dispatches in every state, of two tenants, and keys of all kinds. */
export class FuzzWorld {
  readonly outpost: Outpost;
  readonly known: KnownValues;
  readonly keys: Readonly<Record<Caller, string | undefined>>;
  readonly #gate: string;
  readonly #webhookSecret: string;

  private constructor(
    params: Pick<FuzzWorld, 'outpost' | 'known' | 'keys'> & { gate: string; webhookSecret: string },
  ) {
    this.outpost = params.outpost;
    this.known = params.known;
    this.keys = params.keys;
    this.#gate = params.gate;
    this.#webhookSecret = params.webhookSecret;
  }

  static async open(site: Site): Promise<FuzzWorld> {
    await site.putSecrets({ FUZZ_TOKEN: TENANT_SECRET });
    const outpost = await site.start({
      env: {
        ...(await fakeAgentEnv(site.directory)),
        // One dispatch of each tenant runs until the end, so that no other is ever started.
        OUTPOST_MAX_CONCURRENT_PER_TENANT: '1',
        HTTPS_PROXY: NOWHERE,
        HTTP_PROXY: NOWHERE,
        NO_PROXY: '127.0.0.1',
        OUTPOST_PRIVATE_WEBHOOK_HOSTS: '127.0.0.1',
      },
    });
    const keys = await makeKeys(site, outpost);
    const json = { url: WEBHOOK_URL };
    const { body: webhook } = await outpost.call<CreatedWebhook>('POST', '/webhooks', { json });
    const repo = await site.repositoryUrl(await makeRepository());
    const done = await outpost.dispatch({
      agent: 'claude',
      task: shellTask(`echo ${TENANT_MARK} > new.txt`),
      repo,
      workspaceMode: 'persistent',
    });
    await outpost.ended(done.dispatchId);
    const gate = join(await temporaryDirectory(), 'gate');
    const blocking = { agent: 'claude', task: shellTask(`until test -e ${gate}; do sleep 0.1; done`) };
    // Nobody may cancel this one, so that nobody is told of it; the key of the other tenant cannot cancel its own.
    await outpost.dispatch(blocking);
    const running = await outpost.as(keys.otherTenant!).dispatch(blocking);
    const waiting = await Promise.all(
      Array.from({ length: 6 }, () => outpost.dispatch({ agent: 'claude', task: `Wait. ${TENANT_MARK}` })),
    );
    const known = await knownValues({
      outpost,
      webhook,
      repo,
      done,
      dispatches: [done, running, ...waiting],
    });
    return new FuzzWorld({ outpost, known, keys, gate, webhookSecret: webhook.secret });
  }

  /** Shown by what the other tenant may not see. */
  readonly mark = TENANT_MARK;

  /** What no answer may show. */
  get secrets(): readonly string[] {
    const keys = Object.values(this.keys).filter((key) => key !== undefined && key.startsWith('otp_'));
    return [...(keys as string[]), TENANT_SECRET, this.#webhookSecret, this.outpost.dataDir];
  }

  /** Whether it still serves as the same process, and what it logged as an error. */
  async health(): Promise<{ ready: number; isAlive: boolean; errors: readonly string[]; stderr: string }> {
    const { status } = await this.outpost.call('GET', '/health/ready', { key: null });
    const log = await readFile(join(this.outpost.dataDir, 'control-plane.out'), 'utf8');
    const errors = log.split('\n').filter((line) => /^\{"level":(50|60)/.test(line));
    const stderr = await readFile(join(this.outpost.dataDir, 'control-plane.err'), 'utf8');
    return { ready: status, isAlive: process.kill(this.outpost.pid, 0), errors, stderr };
  }

  /** The control plane first: nothing of what waits is to start when the gate opens. */
  async close(): Promise<void> {
    await this.outpost.stop();
    await writeFile(this.#gate, '');
    await until(async () => workerProcesses(this.outpost.dataDir).length === 0 || undefined);
  }
}

async function makeKeys(site: Site, outpost: Outpost): Promise<Record<Caller, string | undefined>> {
  const make = async (
    name: string,
    scopes: readonly string[],
  ): Promise<{ key: string; apiKeyId: string }> => {
    const answer = await outpost.call<{ key: string; apiKeyId: string }>('POST', '/api-keys', {
      json: { name, scopes },
    });
    return answer.body;
  };
  const revoked = await make('revoked', ['admin']);
  await outpost.call('DELETE', `/api-keys/${revoked.apiKeyId}`);
  return {
    admin: outpost.apiKey,
    bearer: outpost.apiKey,
    unscoped: (await make('unscoped', ['promote'])).key,
    statusOnly: (await make('status only', ['status'])).key,
    otherTenant: await site.tenantKey('other'),
    revoked: revoked.key,
    malformed: 'not a key',
    none: undefined,
  };
}

/** Of a tenant that is there to be changed; not one that requests come with. */
async function spareKey(outpost: Outpost): Promise<string> {
  await outpost.call('POST', '/tenants', { json: { tenantId: 'acme' } });
  const json = { name: 'spare', scopes: ['list'] };
  return (await outpost.call<{ apiKeyId: string }>('POST', '/api-keys', { json })).body.apiKeyId;
}

/** As GET /workspaces would answer it, had it more than one to show. */
function workspaceCursor({ createdAt, workspaceId }: Dispatch): string {
  return Buffer.from(JSON.stringify([createdAt, workspaceId])).toString('base64url');
}

/** To be deleted. */
async function spareWebhooks(outpost: Outpost): Promise<string[]> {
  const spare: string[] = [];
  while (spare.length < 5) {
    const json = { url: WEBHOOK_URL };
    const { body } = await outpost.call<CreatedWebhook>('POST', '/webhooks', { json });
    spare.push(body.webhookId);
  }
  return spare;
}

interface Known {
  readonly outpost: Outpost;
  readonly webhook: CreatedWebhook;
  readonly repo: string;
  readonly done: Dispatch;
  readonly dispatches: readonly Dispatch[];
}

/** Once there is one. */
async function deliveryIds(outpost: Outpost, { webhookId }: CreatedWebhook): Promise<string[]> {
  const path = `/webhooks/${webhookId}/deliveries`;
  const deliveries = await until(async () => {
    const { body } = await outpost.call<WebhookDeliveryPage>('GET', path);
    return body.deliveries.length === 0 ? undefined : body.deliveries;
  });
  return deliveries.map(({ deliveryId }) => deliveryId);
}

async function knownValues({ outpost, webhook, repo, done, dispatches }: Known): Promise<KnownValues> {
  const logs = await outpost.call<LogPage>('GET', `/dispatch/${done.dispatchId}/logs?limit=2`);
  const runs = await outpost.call<DispatchPage>('GET', '/runs?limit=2');
  const { artifacts } = (await outpost.call<ArtifactList>('GET', `/artifacts/${done.dispatchId}`)).body;
  const signed = artifacts.map(({ url }) => new URL(url).searchParams);
  const each = (name: string): string[] =>
    signed.map((query) => query.get(name)).filter((value) => value !== null);
  return {
    agent: ['claude'],
    dispatchId: [...dispatches.map(({ dispatchId }) => dispatchId), done.dispatchId, done.dispatchId],
    name: artifacts.map(({ name }) => name),
    cursor: [logs.body.nextCursor, runs.body.nextCursor!, workspaceCursor(done)],
    tenant: each('tenant'),
    expires: each('expires'),
    signature: each('signature'),
    repo: [repo, `${NOWHERE}/x.git`],
    branch: ['main'],
    workspaceId: [done.workspaceId],
    secrets: [['FUZZ_TOKEN'], []],
    tenantId: ['acme', 'absent'],
    apiKeyId: [await spareKey(outpost)],
    webhookId: [webhook.webhookId, ...(await spareWebhooks(outpost))],
    deliveryId: await deliveryIds(outpost, webhook),
    url: [WEBHOOK_URL],
    task: ['Write a test for the empty cart.'],
  };
}
