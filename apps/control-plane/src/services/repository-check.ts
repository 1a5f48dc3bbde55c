import { OutpostError, parseRepository } from '@outpost/contracts';
import type { Repositories } from '@outpost/platform';
import type { SecretInjector } from './secret-injector.js';
import type { Tenants } from './tenants.js';

/** Looks a repository up before a dispatch for it is accepted. */
export class RepositoryCheck {
  readonly #repositories: Repositories;
  readonly #secrets: SecretInjector;
  readonly #tenants: Pick<Tenants, 'policyOf'>;
  readonly #allowLocal: boolean;

  /** `allowLocal`: whether paths of this machine and plain http are repositories. */
  constructor(options: {
    repositories: Repositories;
    secrets: SecretInjector;
    tenants: Pick<Tenants, 'policyOf'>;
    allowLocal: boolean;
  }) {
    this.#repositories = options.repositories;
    this.#secrets = options.secrets;
    this.#tenants = options.tenants;
    this.#allowLocal = options.allowLocal;
  }

  /** The branch to work from. Rejects with VALIDATION_ERROR that says what is wrong with `repo` or `branch`. */
  async resolveBranch(params: {
    tenantId: string;
    repo: string;
    branch: string | undefined;
  }): Promise<string> {
    const { tenantId, repo, branch } = params;
    const parsed = parseRepository(repo);
    if (parsed === undefined) throw wrong('repo', 'is not a repository');
    if ((parsed.kind === 'local' || parsed.kind === 'http') && !this.#allowLocal) {
      throw wrong(
        'repo',
        `${parsed.kind === 'local' ? 'a path' : 'plain http'} is taken in local mode only; use an https or ssh URL`,
      );
    }
    const token = await this.#secrets.gitToken({ tenantId, repo });
    const { repositoryHosts: hosts } = await this.#tenants.policyOf(tenantId);
    const lookup = await this.#repositories.findBranch({ url: parsed.url, token, branch, hosts });
    switch (lookup.outcome) {
      case 'found':
        return lookup.branch;
      case 'empty':
        throw wrong('repo', 'is empty: push a first commit');
      case 'branch_missing':
        throw wrong(
          'branch',
          branch === undefined
            ? 'is needed: the repository names no default branch'
            : `${branch} is not in the repository${lookup.defaultBranch === undefined ? '' : `; its default branch is ${lookup.defaultBranch}`}`,
        );
      case 'unreachable':
        throw wrong('repo', `cannot be read: ${lookup.message}`);
    }
  }
}

function wrong(field: 'repo' | 'branch', message: string): OutpostError {
  return new OutpostError('VALIDATION_ERROR', `body.${field} ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}
