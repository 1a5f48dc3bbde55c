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
  let own = {};
  const put = async (more: object): Promise<void> => {
    own = { ...own, ...more };
    const file = join(dataDir, 'secrets.json');
    await writeFile(file, JSON.stringify({ tenants: { default: own } }), { mode: 0o600 });
  };
  let trusted: Record<string, string> = {};
  return {
    name: 'local',
    directory: dataDir,
    start: ({ env, ...options } = {}) => Outpost.start({ dataDir, env: { ...trusted, ...env }, ...options }),
    putSecrets: (secrets) => put({ secrets }),
    putGitToken: ({ host, token }) => put({ git: { [host]: token } }),
    async trust(file) {
      trusted = { GIT_SSL_CAINFO: file };
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
