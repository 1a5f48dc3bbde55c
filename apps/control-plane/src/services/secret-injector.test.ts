import type { AuditEntry } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  createTemporaryLocalPlatform,
  creation,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLogger } from './audit-logger.js';
import { SecretInjector } from './secret-injector.js';
import { TaskLauncher } from './task-launcher.js';

const SECRET_VALUE = 'value-of-deploy-key';
const PRINCIPAL = { tenantId: 'acme', apiKeyId: 'key-1', scopes: ['dispatch'] } as const;

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let audit: AuditLogger;
let secrets: SecretInjector;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  const file = { tenants: { acme: { secrets: { DEPLOY_KEY: SECRET_VALUE, OTHER: SECRET_VALUE } } } };
  await writeFile(join(local.dataDir, 'secrets.json'), JSON.stringify(file), { mode: 0o600 });
  const logger = pino({ level: 'silent' });
  audit = new AuditLogger({ store: platform.audit, clock: local.clock, logger });
  secrets = new SecretInjector({ secrets: platform.secrets, audit });
});
afterEach(() => local.cleanup());

/** Oldest first. */
async function entries(): Promise<AuditEntry[]> {
  await audit.settled();
  return (await audit.list({ tenantId: 'acme', limit: 100 })).entries.toReversed();
}

describe('the check of the secrets that a dispatch names', () => {
  it('is recorded for each, with who asked', async () => {
    await secrets.require({ principal: PRINCIPAL, names: ['DEPLOY_KEY', 'OTHER'] });
    const common = {
      tenantId: 'acme',
      actor: { kind: 'api_key', id: 'key-1' },
      action: 'secret.validate',
      outcome: 'success',
    };
    const found = await entries();
    expect(found).toMatchObject([
      { ...common, resource: 'secret/tenants/DEPLOY_KEY' },
      { ...common, resource: 'secret/tenants/OTHER' },
    ]);
    expect(JSON.stringify(found)).not.toContain(SECRET_VALUE);
  });

  it('is recorded as denied, with the name that is missing', async () => {
    const names = ['DEPLOY_KEY', 'GONE'];
    await expect(secrets.require({ principal: PRINCIPAL, names })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'body.secrets.1' }],
    });
    expect(await entries()).toMatchObject([
      { resource: 'secret/tenants/DEPLOY_KEY', outcome: 'success' },
      {
        resource: 'secret/tenants/GONE',
        outcome: 'denied',
        detail: 'the tenant has no secret GONE',
        actor: { kind: 'api_key', id: 'key-1' },
      },
    ]);
  });

  it('leaves no entry when none is named', async () => {
    await secrets.require({ principal: PRINCIPAL, names: [] });
    expect(await entries()).toEqual([]);
  });
});

describe('a launch', () => {
  async function launch(): Promise<string> {
    const { dispatches, tasks } = platform;
    const pool = { take: async () => undefined };
    const logger = pino({ level: 'silent' });
    const launcher = new TaskLauncher({ tasks, pool, dispatches, secrets, logger });
    const created = await dispatches.create(creation({ repo: 'o/r', secrets: ['DEPLOY_KEY'] }));
    if (created.outcome !== 'created' || created.record.status !== 'PENDING') throw new Error('no slot');
    await launcher.launch(created.record);
    return created.record.dispatchId;
  }

  it('records what the worker was given', async () => {
    const dispatchId = await launch();
    const common = {
      tenantId: 'acme',
      dispatchId,
      actor: { kind: 'control_plane' },
      action: 'secret.inject',
      outcome: 'success',
    };
    const found = await entries();
    expect(found).toMatchObject([
      { ...common, resource: 'secret/agents/claude' },
      { ...common, resource: 'secret/github' },
      { ...common, resource: 'secret/tenants/DEPLOY_KEY' },
    ]);
    expect(JSON.stringify(found)).not.toContain(SECRET_VALUE);
  });

  it('records nothing when no worker was started', async () => {
    vi.spyOn(platform.tasks, 'launch').mockRejectedValue(new Error('no capacity'));
    await expect(launch()).rejects.toThrow('no capacity');
    expect(await entries()).toEqual([]);
  });

  it('is not held up by an audit that cannot be written', async () => {
    vi.spyOn(platform.audit, 'append').mockRejectedValue(new Error('the store is down'));
    const dispatchId = await launch();
    expect(await platform.dispatches.get({ tenantId: 'acme', dispatchId })).toMatchObject({
      taskArn: expect.any(String),
    });
  });
});
