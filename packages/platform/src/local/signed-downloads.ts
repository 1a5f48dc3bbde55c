import { OutpostError } from '@outpost/contracts';
import type { Clock, SignedDownloads } from '../ports/index.js';
import { openArtifact } from './artifact-store.js';
import type { ArtifactSigner } from './artifact-signer.js';

export interface LocalDownloadsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly signer: ArtifactSigner;
}

/** Serves what the URLs of the local artifact store grant. */
export function createLocalDownloads({ dataDir, clock, signer }: LocalDownloadsOptions): SignedDownloads {
  return {
    async open({ signature, ...grant }) {
      // The signature comes first: nothing of an unsigned request reaches the file system.
      if (!signer.verify(grant, signature)) throw denied('The signature of this URL is not valid.');
      if (clock.now() >= grant.expires * 1_000) throw denied('This URL has expired. Ask for a new one.');
      return openArtifact(dataDir, grant);
    },
  };
}

function denied(message: string): OutpostError {
  return new OutpostError('AUTHORIZATION_ERROR', message);
}
