import type { CostEvent, OutpostEvent } from '@outpost/contracts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Outpost, PATH } from '../outpost.js';
import { temporaryDirectory } from '../repository.js';
import { until } from '../until.js';
import { makeTenantKey } from './tenant-key.js';
import { TENANT_SCOPES, withoutRepeats, type Site } from './site.js';

/** One machine, one data directory. */
export async function openLocalSite(): Promise<Site> {
  const dataDir = await temporaryDirectory();
  const published = async (): Promise<CostEvent[]> => {
    const text = await readFile(join(dataDir, 'events.jsonl'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as OutpostEvent)
      .filter((event) => event.type === 'dispatch.cost');
  };
  return {
    name: 'local',
    directory: dataDir,
    start: (options = {}) => Outpost.start({ dataDir, ...options }),
    async putSecrets(secrets) {
      const file = join(dataDir, 'secrets.json');
      await writeFile(file, JSON.stringify({ tenants: { default: { secrets } } }), { mode: 0o600 });
    },
    tenantKey: (tenantId, scopes = TENANT_SCOPES) =>
      makeTenantKey({ tenantId, scopes, env: { OUTPOST_DATA_DIR: dataDir, HOME: dataDir, PATH } }),
    repositoryUrl: async (path) => path,
    workspaceOf: ({ workspaceId }) => join(dataDir, 'workspaces', 'default', workspaceId),
    costEvents: (dispatchId) =>
      until(async () => {
        const events = (await published()).filter((event) => event.dispatchId === dispatchId);
        return events.length === 0 ? undefined : withoutRepeats(events);
      }),
    close: async () => undefined,
  };
}
