import type { AgentName } from '@outpost/contracts';

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
