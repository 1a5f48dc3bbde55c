/** What may not be given out, by value: for looking through what leaves. */
export interface KnownSecrets {
  /** Every value that a dispatch of the tenant could be given: its own secrets, and the fleet's. */
  valuesOf(params: { readonly tenantId: string }): Promise<readonly string[]>;
}
