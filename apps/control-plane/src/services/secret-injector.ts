import { OutpostError, parseRepository, type DispatchSpec } from '@outpost/contracts';
import type { SecretReference, SecretStore } from '@outpost/platform';

/** Decides which secrets a dispatch may have. Only their names leave here. */
export class SecretInjector {
  readonly #secrets: SecretStore;

  constructor({ secrets }: { secrets: SecretStore }) {
    this.#secrets = secrets;
  }

  /** What the worker of a dispatch is to be given. */
  referencesFor(spec: DispatchSpec): SecretReference[] {
    return [
      { kind: 'agent', agent: spec.agent },
      ...(isOnGitHub(spec.repo) ? [{ kind: 'github' } as const] : []),
      ...spec.secrets.map((name) => ({ kind: 'tenant', name }) as const),
    ];
  }

  /** Rejects with VALIDATION_ERROR that names the secrets which the tenant does not have. */
  async require({ tenantId, names }: { tenantId: string; names: readonly string[] }): Promise<void> {
    const found = await Promise.all(
      names.map((name) => this.#secrets.has({ tenantId, reference: { kind: 'tenant', name } })),
    );
    const missing = names.filter((_, index) => found[index] !== true);
    if (missing.length === 0) return;
    throw new OutpostError(
      'VALIDATION_ERROR',
      `body.secrets: the tenant has no secret ${missing.join(', ')}`,
      {
        details: missing.map((name) => ({
          path: `body.secrets.${names.indexOf(name)}`,
          message: `the tenant has no secret ${name}; store it under tenants.${tenantId}.secrets.${name} first`,
        })),
      },
    );
  }

  /** The token for a repository, if it is on the host that the token is for. */
  async gitToken({ tenantId, repo }: { tenantId: string; repo: string }): Promise<string | undefined> {
    return isOnGitHub(repo) ? this.#secrets.get({ tenantId, reference: { kind: 'github' } }) : undefined;
  }
}

// The token must never be offered to another host that a dispatch happens to name.
function isOnGitHub(repo: string | undefined): boolean {
  const parsed = repo === undefined ? undefined : parseRepository(repo);
  return (
    parsed?.kind === 'github' || (parsed?.kind === 'https' && new URL(parsed.url).hostname === 'github.com')
  );
}
