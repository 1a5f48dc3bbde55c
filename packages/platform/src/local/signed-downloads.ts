import { ARTIFACTS, OutpostError } from '@outpost/contracts';
import type { Clock, SignedDownloads } from '../ports/index.js';
import { artifactPath, openUnlessGone } from './artifact-store.js';
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
      const path = artifactPath(dataDir, grant);
      if (path === undefined) return undefined;
      const file = await openUnlessGone(path);
      if (file === undefined) return undefined;
      const { name } = grant;
      const { size } = await file.stat();
      return {
        artifact: { name, sizeBytes: size, contentType: ARTIFACTS[name] },
        stream: file.createReadStream(),
      };
    },
  };
}

function denied(message: string): OutpostError {
  return new OutpostError('AUTHORIZATION_ERROR', message);
}
