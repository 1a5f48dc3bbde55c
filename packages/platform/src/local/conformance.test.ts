import type { OutpostEvent } from '@outpost/contracts';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ControlPlatform } from '../ports/index.js';
import {
  createTemporaryLocalPlatform,
  describeApiKeyStoreConformance,
  describeArtifactStoreConformance,
  describeAuditStoreConformance,
  describeContextDocumentStoreConformance,
  describeCounterStoreConformance,
  describeDispatchStoreConformance,
  describeEventBusConformance,
  describeLeaseStoreConformance,
  describeLogStoreConformance,
  describeManifestSignerConformance,
  describeOutboxConformance,
  describePromotionStoreConformance,
  describeSecretStoreConformance,
  describeTenantStoreConformance,
  describeWebhookStoreConformance,
  describeWorkspaceArchivesConformance,
  describeWorkspaceStoreConformance,
  describeWorkspaceVolumesConformance,
  type Fetched,
  type Harness,
  type TemporaryLocalPlatform,
} from '../testing/index.js';
import { createLocalWorkspaceArchives } from './workspace-archives.js';

const LOCAL = 'local';

describeDispatchStoreConformance(LOCAL, harnessOf(pairOfStores));
describeOutboxConformance(LOCAL, harnessOf(pairOfStores));
describeLeaseStoreConformance(
  LOCAL,
  harnessOf((local) => ({ leases: [local.open().leases, local.open().leases], clock: local.clock })),
);
describeCounterStoreConformance(
  LOCAL,
  harnessOf((local) => ({ counters: [local.open().counters, local.open().counters] })),
);
describeApiKeyStoreConformance(
  LOCAL,
  harnessOf((local) => local.open()),
);
describeTenantStoreConformance(
  LOCAL,
  harnessOf((local) => local.open()),
);
describeContextDocumentStoreConformance(
  LOCAL,
  harnessOf((local) => ({
    control: local.open().contextDocuments,
    worker: local.openWorker().contextDocuments,
  })),
);
describeManifestSignerConformance(
  LOCAL,
  harnessOf((local) => ({ open: () => local.open().manifestSigner })),
);
describePromotionStoreConformance(
  LOCAL,
  harnessOf((local) => local.open()),
);
describeAuditStoreConformance(
  LOCAL,
  harnessOf((local) => ({
    control: local.open().audit,
    worker: local.openWorker().audit,
    clock: local.clock,
  })),
);
describeWebhookStoreConformance(
  LOCAL,
  harnessOf((local) => ({ webhooks: [local.open().webhooks, local.open().webhooks] })),
);
describeWorkspaceStoreConformance(
  LOCAL,
  harnessOf((local) => ({ ...local.open(), reports: local.openWorker().workspaceReports })),
);
describeWorkspaceArchivesConformance(
  LOCAL,
  harnessOf(({ dataDir }) => ({ archives: createLocalWorkspaceArchives({ dataDir }) })),
);
describeWorkspaceVolumesConformance(
  LOCAL,
  harnessOf((local) => ({ volumes: local.open().volumes, mounts: local.openWorker().mounts })),
);
describeLogStoreConformance(
  LOCAL,
  harnessOf((local) => ({ reader: local.open().logs, writer: local.openWorker().logs })),
);
describeEventBusConformance(
  LOCAL,
  harnessOf((local) => ({ events: local.open().events, consumed: () => publishedIn(local.dataDir) })),
);
describeArtifactStoreConformance(
  LOCAL,
  harnessOf((local) => {
    const { artifacts, downloads } = local.open();
    return { artifacts, clock: local.clock, fetchUrl: (url) => fetchSigned(downloads, url) };
  }),
);
describeSecretStoreConformance(`${LOCAL}, secrets.json`, {
  async create({ fleet, tenants }) {
    const local = await createTemporaryLocalPlatform();
    await mkdir(local.dataDir, { mode: 0o700 });
    await writeFile(join(local.dataDir, 'secrets.json'), JSON.stringify({ ...fleet, tenants }), {
      mode: 0o600,
    });
    const { secrets, knownSecrets: known } = local.open();
    return { secrets, known, cleanup: local.cleanup };
  },
});

function harnessOf<Subject>(subjectIn: (local: TemporaryLocalPlatform) => Subject): Harness<Subject> {
  return {
    async create() {
      const local = await createTemporaryLocalPlatform();
      return { ...subjectIn(local), cleanup: local.cleanup };
    },
  };
}

function pairOfStores(local: TemporaryLocalPlatform) {
  const [first, second] = [local.open(), local.open()];
  return { stores: [first.dispatches, second.dispatches], outbox: second.outbox } as const;
}

async function publishedIn(dataDir: string): Promise<OutpostEvent[]> {
  const path = join(dataDir, 'events.jsonl');
  const lines = existsSync(path)
    ? (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
    : [];
  return lines.map((line) => JSON.parse(line) as OutpostEvent);
}

/** What the control plane's route does with such a URL. */
async function fetchSigned(downloads: ControlPlatform['downloads'], url: string): Promise<Fetched> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, , dispatchId, name] = pathname.split('/');
  try {
    const found = await downloads?.open({
      tenantId: searchParams.get('tenant') ?? '',
      dispatchId: dispatchId ?? '',
      name: decodeURIComponent(name ?? '') as 'task.md',
      expires: Number(searchParams.get('expires')),
      signature: searchParams.get('signature') ?? '',
    });
    if (found === undefined) return { outcome: 'missing' };
    return { outcome: 'ok', body: await buffer(found.stream), contentType: found.artifact.contentType };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'AUTHORIZATION_ERROR')
      return { outcome: 'denied' };
    throw error;
  }
}
