import { parseRepository } from '@outpost/contracts';
import { resolve } from 'node:path';
import { isLoopback } from '../api/connection.js';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { EXIT } from '../exit-code.js';
import { Checkout } from './checkout.js';

/** What a dispatch is to work on. */
export interface RepositoryChoice {
  readonly repo: string | undefined;
  readonly branch: string | undefined;
  /** What the person in front of it should know. */
  readonly notes: readonly string[];
}

/** What was said, with a relative path made absolute; else the checkout that the caller is in. */
export async function chooseRepository(params: {
  /** `false`: none. */
  readonly repo: string | false | undefined;
  readonly branch: string | undefined;
  readonly url: string;
  readonly config: CliConfig;
}): Promise<RepositoryChoice> {
  const { repo, branch, url, config } = params;
  if (repo === false) return { repo: undefined, branch, notes: [] };
  if (repo !== undefined) return { repo: absolute(repo, config.callerDir), branch, notes: [] };
  const checkout = await Checkout.around(config.callerDir);
  if (checkout === undefined) {
    const notes = [`${config.callerDir} is in no git checkout: dispatching without a repository.`];
    return { repo: undefined, branch, notes };
  }
  // A control plane of this machine sees the same files, with commits that were not pushed.
  const choice = isLoopback(url) ? await localChoice(checkout) : await remoteChoice(checkout);
  const changed = await checkout.changedFiles();
  const dirty = changed.length === 0 ? [] : ['What is not committed here is not part of it.'];
  return { ...choice, branch: branch ?? choice.branch, notes: [...choice.notes, ...dirty] };
}

function absolute(repo: string, directory: string): string {
  const address = /^\.{1,2}(\/|$)/.test(repo) ? resolve(directory, repo) : repo;
  if (parseRepository(address) !== undefined) return address;
  throw new CliError(`--repo must be a path (/… or ./…), owner/name, or an https or ssh URL: ${repo}`, {
    exitCode: EXIT.usage,
  });
}

async function localChoice(checkout: Checkout): Promise<RepositoryChoice> {
  return { repo: checkout.directory, branch: await checkout.branch(), notes: [] };
}

async function remoteChoice(checkout: Checkout): Promise<RepositoryChoice> {
  const branch = await checkout.branch();
  const tracked = branch && (await checkout.ask('config', `branch.${branch}.remote`));
  const merge = branch && (await checkout.ask('config', `branch.${branch}.merge`));
  const remote = tracked === undefined || tracked === '' || tracked === '.' ? 'origin' : tracked;
  const url = await checkout.ask('remote', 'get-url', remote);
  const repo = url === undefined ? undefined : withoutCredentials(url);
  if (repo === undefined || parseRepository(repo)?.kind === 'local' || parseRepository(repo) === undefined) {
    throw new CliError(
      `This checkout has no remote that a server elsewhere could clone (${remote}: ${repo ?? 'none'}). Say --repo, or --no-repo.`,
      { exitCode: EXIT.usage },
    );
  }
  const upstream = tracked === remote && merge ? merge.replace(/^refs\/heads\//, '') : undefined;
  return { repo, branch: upstream, notes: await notesOn(checkout, branch, upstream) };
}

async function notesOn(
  checkout: Checkout,
  branch: string | undefined,
  upstream: string | undefined,
): Promise<readonly string[]> {
  if (upstream === undefined) {
    return [`${branch ?? 'HEAD'} has no upstream: the default branch of the remote is used.`];
  }
  const ahead = Number((await checkout.ask('rev-list', '--count', '@{upstream}..HEAD')) ?? 0);
  return ahead > 0 ? [`${ahead} commit(s) of ${branch} are not pushed, and not part of it.`] : [];
}

/** A token in the URL of a remote is for this machine's git alone. */
function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}
