import { createGitHubApi, type GitHubApi } from '@outpost/platform/testing';
import { join } from 'node:path';
import { startGitServer } from './git-server.js';
import { git, makeRepository, temporaryDirectory } from './repository.js';

export interface GitHubEnterprise {
  /** The certificate by which it is to be trusted. */
  readonly certificateFile: string;
  readonly api: GitHubApi;
  /** Makes a repository there; its URL, and where it lies, bare. */
  add(name: `${string}/${string}`): Promise<{ readonly url: string; readonly path: string }>;
  close(): Promise<void>;
}

/** A GitHub Enterprise Server on loopback, as 127.0.0.1: git over https and the API. It wants one of the tokens. */
export async function startGitHubEnterprise(tokens: readonly string[]): Promise<GitHubEnterprise> {
  const root = await temporaryDirectory();
  const api = createGitHubApi({ tokens, origin: 'https://127.0.0.1' });
  const server = await startGitServer({ tokens, api: api.listener });
  return {
    certificateFile: server.certificateFile,
    api,
    async add(name) {
      const path = join(root, `${name}.git`);
      await git(root, 'clone', '--quiet', '--bare', await makeRepository(), path);
      const { origin } = new URL(server.urlOf(join(root, name.split('/')[0]!)));
      return { url: `${origin}/${name}.git`, path };
    },
    close: () => server.close(),
  };
}
