import { OutpostError } from '@outpost/contracts';
import {
  auditedSecret,
  gitCredential,
  hostCredential,
  type DispatchKey,
  type SecretReference,
  type SecretStore,
} from '@outpost/platform';
import type { Principal } from './api-keys.js';
import type { AuditLogger } from './audit-logger.js';

interface InjectionParams extends DispatchKey {
  readonly references: readonly SecretReference[];
}

/** Decides which secrets a dispatch may have, and records who was given which. Only their names leave here. */
export class SecretInjector {
  readonly #secrets: SecretStore;
  readonly #audit: AuditLogger;

  constructor({ secrets, audit }: { secrets: SecretStore; audit: AuditLogger }) {
    this.#secrets = secrets;
    this.#audit = audit;
  }

  /** Rejects with VALIDATION_ERROR that names the secrets which the caller's tenant does not have. */
  async require(params: { principal: Principal; names: readonly string[] }): Promise<void> {
    const { principal, names } = params;
    const { tenantId } = principal;
    const found = await Promise.all(
      names.map((name) => this.#secrets.has({ tenantId, reference: { kind: 'tenant', name } })),
    );
    for (const [index, name] of names.entries())
      this.#recordCheck({ principal, name, isFound: found[index] === true });
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

  /** Records what the worker of a dispatch was given. */
  recordInjection({ tenantId, dispatchId, references }: InjectionParams): void {
    for (const reference of references) {
      this.#audit.record({
        tenantId,
        actor: { kind: 'control_plane' },
        action: 'secret.inject',
        resource: auditedSecret(reference),
        outcome: 'success',
        dispatchId,
      });
    }
  }

  /** The token for a repository, if it is on the host that the token is for. */
  async gitToken({ tenantId, repo }: { tenantId: string; repo: string }): Promise<string | undefined> {
    const reference = gitCredential(repo);
    return reference && this.#secrets.get({ tenantId, reference });
  }

  /** The token by which the API of a host is called for a dispatch. */
  async hostToken(params: DispatchKey & { host: string; isEncrypted: boolean }): Promise<string | undefined> {
    const { tenantId, dispatchId, host, isEncrypted } = params;
    const reference = hostCredential(host, isEncrypted);
    const token = await this.#secrets.get({ tenantId, reference });
    this.#audit.record({
      tenantId,
      actor: { kind: 'control_plane' },
      action: 'secret.read',
      resource: auditedSecret(reference),
      dispatchId,
      ...(token === undefined ? { outcome: 'failure', detail: 'there is none' } : { outcome: 'success' }),
    });
    return token;
  }

  #recordCheck({ principal, name, isFound }: { principal: Principal; name: string; isFound: boolean }): void {
    this.#audit.record({
      tenantId: principal.tenantId,
      actor: { kind: 'api_key', id: principal.apiKeyId },
      action: 'secret.validate',
      resource: auditedSecret({ kind: 'tenant', name }),
      ...(isFound
        ? { outcome: 'success' as const }
        : { outcome: 'denied' as const, detail: `the tenant has no secret ${name}` }),
    });
  }
}
