/** What to tell a user about a download that failed, from what the package manager printed. */

const CAUSES = [
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|dns error|error sending request|network/i,
    advice:
      'The npm registry cannot be reached. Check the network (or proxy, or `npm config get registry`), then run the same command again.',
  },
  {
    pattern: /ENOSPC|no space left/i,
    advice: 'The disk is full. Free some space, then run the same command again.',
  },
  {
    pattern: /EACCES|EPERM|permission denied/i,
    advice:
      'A file could not be written. Check who owns this directory (was it set up as another user?), then run the same command again.',
  },
  {
    pattern: /EINTEGRITY|integrity|checksum/i,
    advice:
      'A download does not match its recorded checksum. Run `npm cache clean --force`, then the same command again; if it persists, do not trust that registry.',
  },
  {
    pattern: /OUTDATED_LOCKFILE|in sync|out of date/i,
    advice:
      'The lockfile does not match package.json. Run `pnpm install` (or restore both files from git), then the same command again.',
  },
];

export function downloadAdvice(what, output) {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output));
  return `${what} failed. ${cause?.advice ?? 'The messages above say why. When it is mended, run the same command again.'}`;
}
