import type { AuditPage } from '@outpost/contracts';
import { readAtRest } from '@outpost/platform/testing/aws';
import { git, temporaryDirectory } from '@outpost/test-support';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runs } from './runs.js';
import { TENANTS } from './tenants.js';
import type { IsolationWorld } from './world.js';

/** Something that was left behind somewhere. */
export interface Trace {
  readonly place: string;
  readonly body: Buffer;
}

/** All that the runs left behind outside of Secrets Manager and the memory of processes. */
export async function tracesOf(world: IsolationWorld, runs: Runs): Promise<readonly Trace[]> {
  const { account, directory } = world.site;
  const stored = await readAtRest(account.clients);
  const bundles = stored.filter(({ place }) => place.endsWith('/repo.bundle'));
  const files = ['control-plane.out', 'control-plane.err'].map(async (name) => ({
    place: name,
    body: await readFile(join(directory, name)),
  }));
  return [
    json('calls of ECS', account.ecs.calls),
    json('calls of all services', world.recorder.calls),
    json('CloudWatch', account.logs.events()),
    json('events', account.events.calls),
    ...stored,
    ...(await Promise.all(bundles.map(async (bundle) => unpacked(world.repository, bundle)))),
    ...(await Promise.all(files)),
    ...(
      await Promise.all(TENANTS.map((tenant) => world.as(tenant).call<AuditPage>('GET', '/audit?limit=100')))
    ).map(({ body }) => json('GET /audit', body)),
    ...Object.values(runs).map((dispatch) => json('GET /dispatch', dispatch)),
  ];
}

function json(place: string, value: unknown): Trace {
  return { place, body: Buffer.from(JSON.stringify(value)) };
}

/** All objects of a bundle as they are: in it they are compressed. */
async function unpacked(repository: string, { place, body }: Trace): Promise<Trace> {
  const directory = await temporaryDirectory();
  const file = join(directory, 'repo.bundle');
  await writeFile(file, body);
  await git(directory, 'clone', '--quiet', '--bare', repository, 'origin');
  const origin = join(directory, 'origin');
  await git(origin, 'fetch', '--quiet', file, '+refs/heads/*:refs/bundle/*');
  const objects = await git(origin, 'cat-file', '--batch-all-objects', '--batch');
  return { place: `${place} unpacked`, body: Buffer.from(objects) };
}
