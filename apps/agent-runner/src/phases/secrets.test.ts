import type { AuditEntry } from '@outpost/contracts';
import { auditedSecret, type ControlPlatform, type SecretStore } from '@outpost/platform';
import {
  createTemporaryLocalPlatform,
  newDispatchId,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecrets, type SecretReader } from './secrets.js';

const VALUES: Readonly<Record<string, string>> = {
  'secret/agents/claude': 'value-of-claude',
  'secret/github': 'value-of-github',
  'secret/tenants/DEPLOY_KEY': 'value-of-deploy-key',
};
const RECORD = { agent: 'claude', repo: 'octocat/hello-world', secrets: ['DEPLOY_KEY', 'GONE'] } as const;

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let logged: Record<string, unknown>[];

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  logged = [];
});
afterEach(() => local.cleanup());

const dispatchId = newDispatchId();

function reader(overrides: Partial<SecretReader['platform']> = {}): SecretReader {
  const get: SecretStore['get'] = async ({ reference }) => VALUES[auditedSecret(reference)];
  const secrets: SecretStore = { get, has: async (params) => (await get(params)) !== undefined };
  const sink = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };
  return {
    platform: { secrets, audit: local.openWorker().audit, ...overrides },
    key: { tenantId: 'acme', dispatchId },
    clock: local.clock,
    logger: pino({ level: 'error' }, sink),
  };
}

/** In the order of their names. */
async function entries(): Promise<AuditEntry[]> {
  const page = await platform.audit.list({ tenantId: 'acme', limit: 100 });
  return page.entries.toSorted((a, b) => a.resource.localeCompare(b.resource));
}

describe('the secrets of a run', () => {
  it('are read, and each reading is recorded by name', async () => {
    expect(await readSecrets(reader(), { ...RECORD, secrets: [...RECORD.secrets] })).toEqual({
      agentKey: 'value-of-claude',
      gitToken: 'value-of-github',
      variables: { DEPLOY_KEY: 'value-of-deploy-key' },
      values: ['value-of-claude', 'value-of-github', 'value-of-deploy-key'],
    });
    const common = {
      tenantId: 'acme',
      dispatchId,
      actor: { kind: 'worker', id: dispatchId },
      action: 'secret.read',
      at: '2026-11-23T12:00:00.000Z',
    };
    const found = await entries();
    expect(found).toMatchObject([
      { ...common, resource: 'secret/agents/claude', outcome: 'success' },
      { ...common, resource: 'secret/github', outcome: 'success' },
      { ...common, resource: 'secret/tenants/DEPLOY_KEY', outcome: 'success' },
      { ...common, resource: 'secret/tenants/GONE', outcome: 'failure', detail: 'there is none' },
    ]);
    expect(JSON.stringify(found)).not.toContain('value-of');
  });

  it.each([
    ['https://gitlab.com/o/r.git', ['secret/git/gitlab.com']],
    ['/srv/repo.git', []],
    [undefined, []],
  ] as const)('leave the GitHub token where it is for %s', async (repo, asked) => {
    const record = { agent: 'claude', repo, secrets: [] } as const;
    expect(await readSecrets(reader(), { ...record, secrets: [] })).toMatchObject({
      gitToken: undefined,
      values: ['value-of-claude'],
    });
    expect((await entries()).map(({ resource }) => resource)).toEqual(['secret/agents/claude', ...asked]);
  });

  it('are not what an entry says of one that could not be read; the others are recorded all the same', async () => {
    const refused = new Error('no access to value-of-github');
    const { platform: ports } = reader();
    const secrets: SecretStore = {
      ...ports.secrets,
      get: async (params) => {
        if (params.reference.kind === 'github') throw refused;
        return ports.secrets.get(params);
      },
    };
    await expect(readSecrets(reader({ secrets }), { ...RECORD, secrets: [] })).rejects.toBe(refused);
    expect(await entries()).toMatchObject([
      { resource: 'secret/agents/claude', outcome: 'success' },
      { resource: 'secret/github', outcome: 'failure', detail: 'it could not be read' },
    ]);
  });

  it('are had though no entry can be stored; the log has the entries then', async () => {
    const audit = {
      ...platform.audit,
      append: async () => {
        throw new Error('the store is down');
      },
    };
    expect(await readSecrets(reader({ audit }), { ...RECORD, secrets: [] })).toMatchObject({
      agentKey: 'value-of-claude',
    });
    expect(logged).toMatchObject([
      { level: 50, entry: { resource: 'secret/agents/claude', action: 'secret.read' } },
      { level: 50, entry: { resource: 'secret/github' } },
    ]);
    expect(await entries()).toEqual([]);
  });
});
