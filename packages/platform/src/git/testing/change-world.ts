import { promotionBranch } from '@outpost/contracts';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { PrepareChangeParams, ReadyChange } from '../../ports/remote-changes.js';
import { newDispatchId, TEST_AT } from '../../testing/fixtures.js';
import { createGitRemoteChanges, type RemoteChangesOptions } from '../change/remote-changes.js';
import { git, repositoryAt, temporaryDirectory, temporaryHost } from './places.js';

/** Of lines.txt; move-me.txt has them the other way round. */
export const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`);

export interface World {
  readonly dispatchId: string;
  readonly home: string;
  /** The remote, with a work tree of its own on another branch. */
  readonly remote: string;
  /** The agent's clone. */
  readonly clone: string;
  readonly baseCommit: string;
  /** A bundle of the clone as it is, as a worker writes it. */
  bundle(): Promise<Readable>;
  prepare(
    params?: Partial<PrepareChangeParams>,
  ): ReturnType<ReturnType<typeof createGitRemoteChanges>['prepare']>;
  /** Prepares what must be ready. */
  ready(params?: Partial<PrepareChangeParams>): Promise<ReadyChange>;
  checkPush(branch: string): Promise<unknown>;
  /** Another's commit on the remote's main. */
  commitToRemote(files: Readonly<Record<string, string>>): Promise<string>;
}

/** A dispatch whose agent works in a clone of a remote. */
export async function world(options: Partial<RemoteChangesOptions> = {}): Promise<World> {
  const directory = await temporaryDirectory();
  const { path: remote } = await repositoryAt(join(directory, 'remote'));
  await writeFile(join(remote, 'lines.txt'), LINES.join(''));
  await writeFile(join(remote, 'move-me.txt'), LINES.toReversed().join(''));
  await git(remote, 'add', '.');
  await git(remote, 'commit', '-qm', 'second');
  const baseCommit = await git(remote, 'rev-parse', 'HEAD');
  await git(remote, 'switch', '-qc', 'parked');
  const clone = join(directory, 'clone');
  await git(directory, 'clone', '-q', '-b', 'main', remote, clone);
  const host = await temporaryHost();
  const dispatchId = newDispatchId();
  const changes = createGitRemoteChanges({ ...host, timeoutMs: 60_000, maxBytes: 1024 ** 3, ...options });
  const bundle = async (): Promise<Readable> => {
    await git(clone, 'add', '-A');
    const tree = await git(clone, 'write-tree');
    const tip = await git(clone, 'commit-tree', tree, '-p', baseCommit, '-m', 'Changes');
    const ref = `refs/heads/${promotionBranch(dispatchId)}`;
    await git(clone, 'update-ref', ref, tip);
    const file = join(directory, 'repo.bundle');
    await git(clone, 'bundle', 'create', '-q', file, ref, `^${baseCommit}`);
    return createReadStream(file);
  };
  const prepare: World['prepare'] = async (params = {}) =>
    changes.prepare({
      remote: { url: remote, token: undefined, hosts: undefined },
      dispatchId,
      bundle: params.bundle ?? (await bundle()),
      baseCommit,
      base: 'main',
      paths: undefined,
      author: { name: 'Jo Doe', email: 'jo@example.com' },
      message: 'Fix it\n\nCo-authored-by: An Agent <agent@example.com>\n',
      at: TEST_AT,
      ...params,
    });
  return {
    dispatchId,
    home: host.home,
    remote,
    clone,
    baseCommit,
    bundle,
    prepare,
    async ready(params) {
      const result = await prepare(params);
      if (result.outcome !== 'ready') throw new Error(JSON.stringify(result));
      return result.change;
    },
    checkPush: (branch) =>
      changes.checkPush({ remote: { url: remote, token: undefined, hosts: undefined }, branch }),
    async commitToRemote(files) {
      await git(remote, 'switch', '-q', 'main');
      for (const [path, text] of Object.entries(files)) await writeFile(join(remote, path), text);
      await git(remote, 'add', '-A');
      await git(remote, 'commit', '-qm', 'by another');
      const commit = await git(remote, 'rev-parse', 'HEAD');
      await git(remote, 'switch', '-q', 'parked');
      return commit;
    },
  };
}
