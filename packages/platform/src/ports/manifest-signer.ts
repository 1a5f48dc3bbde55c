/** Signs the manifests of runs (Ed25519). Only the control plane has the key: no worker, and so no agent, can sign. */
export interface ManifestSigner {
  sign(bytes: Uint8Array): Promise<Buffer>;
  /** SPKI, as PEM: the same for all instances, from the first call on. */
  publicKey(): Promise<string>;
}
