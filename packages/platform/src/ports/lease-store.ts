/** Work that one process at a time should do. A holder that dies loses the lease when it expires. */
export interface LeaseStore {
  /** Takes the lease, or prolongs it, for `ttlMs` from now. False: another holds it. */
  acquire(params: {
    readonly name: string;
    readonly holder: string;
    readonly ttlMs: number;
  }): Promise<boolean>;
  /** Lets go of it. Does nothing when another holds it. */
  release(params: { readonly name: string; readonly holder: string }): Promise<void>;
}
