/** Who calls: a key that may do all, keys that may not, and no key. */
export const CALLERS = [
  'admin',
  'bearer',
  'unscoped',
  'statusOnly',
  'otherTenant',
  'revoked',
  'malformed',
  'none',
] as const;
export type Caller = (typeof CALLERS)[number];

export interface ApiRequest {
  /** The operation that it was made from; by its changes it may have become another's. */
  readonly madeFrom: string;
  readonly caller: Caller;
  readonly method: string;
  readonly segments: readonly string[];
  /** Each pair as it is sent, already encoded. */
  readonly query: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}
