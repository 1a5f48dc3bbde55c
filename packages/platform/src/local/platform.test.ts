import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  costEvent,
  costsIn,
  createTemporaryLocalPlatform,
  creation,
  ending,
  idempotency,
  storedApiKey,
  TEST_AT,
  TEST_EPOCH_MS,
  workspaceRecord,
} from '../testing/index.js';

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  return local;
};

describe('the local platform', () => {
  it('keeps all it was given when it is opened again', async () => {
    const local = await start();
    const before = local.open();
    const { spec } = creation();
    const cancelled = creation();
    await before.dispatches.create({ ...creation(), spec, idempotency: idempotency('k') });
    const made = await before.dispatches.create(cancelled);
    if (made.outcome !== 'created') throw new Error(made.outcome);
    const event = costEvent(made.record, 'CANCELLED');
    await before.dispatches.move({ ...cancelled.spec, move: ending('CANCELLED'), event });
    const key = storedApiKey();
    await before.apiKeys.create(key);
    const workspace = workspaceRecord();
    await before.workspaces.put(workspace);
    await local.openWorker().logs.append({ ...spec, lines: [{ at: TEST_AT, kind: 'text', text: 'kept' }] });
    await before.artifacts.put({ ...spec, name: 'task.md', body: { text: 'kept' } });
    const url = await before.artifacts.createDownloadUrl({ ...spec, name: 'task.md', expiresInSeconds: 60 });
    await before.close();

    const after = local.open();
    expect(await after.dispatches.get(spec)).toMatchObject({ status: 'PENDING', ...spec });
    expect(await after.dispatches.slotUsage({ tenantIds: ['acme', 'globex'] })).toEqual({
      byAgent: { claude: 1 },
      byTenant: { acme: 1 },
      lastStartAt: { acme: TEST_AT },
    });
    const found = await after.dispatches.findByIdempotencyKey({
      tenantId: 'acme',
      key: 'k',
      now: TEST_EPOCH_MS / 1_000,
    });
    expect(found?.dispatchId).toBe(spec.dispatchId);
    expect(await costsIn(after.outbox)).toEqual([event]);
    expect(await after.apiKeys.findByHash(key)).toEqual(key);
    expect(await after.workspaces.get(workspace)).toEqual(workspace);
    expect(await after.logs.tail({ ...spec, limit: 9 })).toMatchObject([{ text: 'kept' }]);
    expect(await after.artifacts.list(spec)).toMatchObject([{ name: 'task.md', sizeBytes: 4 }]);
    expect(await after.artifacts.createDownloadUrl({ ...spec, name: 'task.md', expiresInSeconds: 60 })).toBe(
      url,
    );
  });

  it('lets nobody else read what it keeps', async () => {
    const local = await start();
    const { apiKeys, artifacts, dispatches, events, tasks } = local.open();
    const { logs, mounts } = local.openWorker();
    const { spec, ...rest } = creation();
    const made = await dispatches.create({ spec, ...rest });
    if (made.outcome !== 'created') throw new Error(made.outcome);
    await apiKeys.create(storedApiKey());
    await events.publish(costEvent(made.record));
    await logs.append({ ...spec, lines: [{ at: TEST_AT, kind: 'text', text: 'x' }] });
    await artifacts.put({ ...spec, name: 'task.md', body: { text: 'x' } });
    await artifacts.createDownloadUrl({ ...spec, name: 'task.md', expiresInSeconds: 60 });
    await mounts.mount(spec);
    const { dispatchId } = spec;
    await tasks.launch({ ...spec, clientToken: dispatchId, tier: 'fast', secrets: [] });
    const modes = {
      '': 0o700,
      'outpost.db': 0o600,
      'outpost.db-wal': 0o600,
      'outpost.db-shm': 0o600,
      'events.jsonl': 0o600,
      'signing.key': 0o600,
      artifacts: 0o700,
      'artifacts/acme': 0o700,
      [`artifacts/acme/${dispatchId}`]: 0o700,
      [`artifacts/acme/${dispatchId}/task.md`]: 0o600,
      logs: 0o700,
      'logs/acme': 0o700,
      [`logs/acme/${dispatchId}.jsonl`]: 0o600,
      workspaces: 0o700,
      'workspaces/acme': 0o700,
      workers: 0o700,
      [`workers/${dispatchId}.log`]: 0o600,
    };
    for (const [path, mode] of Object.entries(modes)) {
      expect((await stat(join(local.dataDir, path))).mode & 0o777, path).toBe(mode);
    }
  });

  it('shows a worker and the control plane the same', async () => {
    const local = await start();
    const control = local.open();
    const { spec, ...rest } = creation();
    await control.dispatches.create({ spec, ...rest });
    const worker = local.openWorker();
    expect(await worker.dispatches.get(spec)).toMatchObject(spec);
    await worker.logs.append({ ...spec, lines: [{ at: TEST_AT, kind: 'text', text: 'hello' }] });
    await worker.artifacts.put({ ...spec, name: 'task.md', body: { text: 'x' } });
    expect(await control.logs.tail({ ...spec, limit: 9 })).toMatchObject([{ text: 'hello' }]);
    expect(await control.artifacts.list(spec)).toHaveLength(1);
    await worker.mounts.mount(spec);
    const { tenantId, workspaceId } = spec;
    expect(await control.volumes.list()).toEqual([{ tenantId, workspaceId }]);
    const url = (platform: typeof worker | typeof control) =>
      platform.artifacts.createDownloadUrl({ ...spec, name: 'task.md', expiresInSeconds: 60 });
    expect(await url(worker)).toBe(await url(control));
  });

  it('does not answer once it is closed', async () => {
    const platform = (await start()).open();
    await platform.ping();
    await platform.close();
    await platform.close();
    for (const call of [
      () => platform.ping(),
      () => platform.dispatches.slotUsage({ tenantIds: ['acme', 'globex'] }),
      () => platform.dispatches.create(creation()),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
  });

  it('takes back the end of a dispatch whose event cannot be put out', async () => {
    const { dispatches, outbox } = (await start()).open();
    const { spec, ...rest } = creation();
    const made = await dispatches.create({ spec, ...rest });
    if (made.outcome !== 'created') throw new Error(made.outcome);
    const other = creation();
    await dispatches.create(other);
    const event = costEvent(made.record, 'CANCELLED');
    await dispatches.move({ ...spec, move: ending('CANCELLED'), event });
    // The event of the first one once more: its id is taken.
    await expect(dispatches.move({ ...other.spec, move: ending('CANCELLED'), event })).rejects.toThrow(
      /UNIQUE/,
    );
    expect(await dispatches.get(other.spec)).toMatchObject({ status: 'PENDING' });
    expect(await costsIn(outbox)).toEqual([event]);
  });
});
