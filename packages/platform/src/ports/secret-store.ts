import { parseRepository, type AgentName, type DispatchSpec } from '@outpost/contracts';

/** What a secret is for; never its value, so it may be stored, logged and sent. */
export type SecretReference =
  | { readonly kind: 'agent'; readonly agent: AgentName }
  | { readonly kind: 'github' }
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
  return [
    { kind: 'agent', agent: spec.agent },
    ...(isOnGitHub(spec.repo) ? [{ kind: 'github' } as const] : []),
    ...spec.secrets.map((name) => ({ kind: 'tenant', name }) as const),
  ];
}

/** Whether the GitHub token is for this repository: it must never be offered to another host that a dispatch names. */
export function isOnGitHub(repo: string | undefined): boolean {
  const parsed = repo === undefined ? undefined : parseRepository(repo);
  return (
    parsed?.kind === 'github' || (parsed?.kind === 'https' && new URL(parsed.url).hostname === 'github.com')
  );
}
