import { ARTIFACTS, type ArtifactName } from '@outpost/contracts';
import mime from 'mime';

/** By its name: what an agent says of its files is not to be trusted, and they are never shown but downloaded. */
export function contentTypeOf(name: ArtifactName): string {
  if (name in ARTIFACTS) return ARTIFACTS[name as keyof typeof ARTIFACTS];
  const type = mime.getType(name) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
