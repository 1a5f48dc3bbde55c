import { parseRepository, type AgentName, type DispatchSpec } from '@outpost/contracts';

/** What a secret is for; never its value, so it may be stored, logged and sent. */
export type SecretReference =
  | { readonly kind: 'agent'; readonly agent: AgentName }
  | { readonly kind: 'github' }
  /** The tenant's token for repositories on a host other than github.com. */
  | { readonly kind: 'git'; readonly host: string }
  | { readonly kind: 'tenant'; readonly name: string };

/** Secrets by reference. A tenant's own secret wins over the fleet's. */
export interface SecretStore {
  /** The value, or undefined when there is none. Never an empty string. */
  get(params: {
    readonly tenantId: string;
    readonly reference: SecretReference;
  }): Promise<string | undefined>;
  /** Whether `get` would answer one. The value is not read where the store can tell without. */
  has(params: { readonly tenantId: string; readonly reference: SecretReference }): Promise<boolean>;
}

/** What the worker of a dispatch may be given: it is asked for nothing else. */
export function secretsFor(
  spec: Pick<DispatchSpec, 'agent' | 'repo' | 'secrets'>,
): readonly SecretReference[] {
  const credential = gitCredential(spec.repo);
  return [
    { kind: 'agent', agent: spec.agent },
    ...(credential === undefined ? [] : [credential]),
    ...spec.secrets.map((name) => ({ kind: 'tenant', name }) as const),
  ];
}

/** The token that is for a repository: none is ever offered to another host than its own. Without one for paths and ssh. */
export function gitCredential(repo: string | undefined): SecretReference | undefined {
  const parsed = repo === undefined ? undefined : parseRepository(repo);
  if (parsed === undefined || parsed.kind === 'local' || parsed.kind === 'ssh') return undefined;
  return hostCredential(new URL(parsed.url).hostname, parsed.kind !== 'http');
}

/** The token that is for a host, as its API takes it. */
export function hostCredential(host: string, isEncrypted = true): SecretReference {
  return host === 'github.com' && isEncrypted ? { kind: 'github' } : { kind: 'git', host };
}
