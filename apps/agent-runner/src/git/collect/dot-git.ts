import { bytesOf, type RawPath } from '../raw-path.js';

/** Characters that HFS+ leaves out when it compares names. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether some file system takes this name for `.git`: macOS ignores case and certain characters, Windows also knows
 * short names, streams and trailing dots. Such a file, checked out there, would be configuration that git obeys.
 */
export function isDotGit(name: RawPath): boolean {
  return foldedParts(name).some((part) => part === '.git' || part === 'git~1');
}

/** Whether some file system takes this name for `.gitmodules`, which git refuses as a symlink. */
export function isDotGitmodules(name: RawPath): boolean {
  return foldedParts(name).some(
    (part) => part === '.gitmodules' || /^(gitmod~\d|gi7eb[0-9a-f]*~\d+)$/.test(part),
  );
}

function foldedParts(name: RawPath): string[] {
  const text = bytesOf(name).toString('utf8').replaceAll(IGNORED_BY_HFS, '').toLowerCase();
  return text.split('\\').map((part) => part.replace(/:.*$/s, '').replace(/[. ]+$/, ''));
}
