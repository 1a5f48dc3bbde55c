import { GitError } from './git-error.js';
import { displayUrl } from './remote-access.js';

const NO_ACCESS = 'repository not found or no access';
const NO_CONNECTION = 'no connection to the host';
const NO_ANSWER = 'the host does not answer';
const TOO_MANY = 'the host limits requests';
const INTERNAL = 'the host has an internal error';
const TEMPORARY: ReadonlySet<string> = new Set([NO_CONNECTION, NO_ANSWER, TOO_MANY, INTERNAL]);

/** What git says, in any version since 2.30, and what that means for a person. The first match counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /Could not resolve (host|proxy)|Could not resolve hostname|Name or service not known/i,
    'the host name cannot be resolved',
  ],
  [/Host key verification failed/i, 'the host key is not known: add it to known_hosts'],
  [/transport '(\w+)' not allowed/i, 'this kind of address is not allowed (plain http only to this machine)'],
  [/SSL|certificate|TLS/i, 'the TLS certificate cannot be verified'],
  [
    /Connection refused|Failed to connect|Couldn't connect|No route to host|Network is unreachable/i,
    NO_CONNECTION,
  ],
  [/timed out|Timeout was reached/i, NO_ANSWER],
  [/detected dubious ownership/i, 'the repository belongs to another user'],
  [
    /Authentication failed|could not read (Username|Password)|terminal prompts disabled|Permission denied/i,
    NO_ACCESS,
  ],
  [
    /not found|does not appear to be a git repository|not a git repository|No such file|error: 40[134]/i,
    NO_ACCESS,
  ],
  [/error: 30\d|redirect/i, 'the repository has moved: name its new address'],
  [/error: 429/i, TOO_MANY],
  [/error: 5\d\d/i, INTERNAL],
];

/** One sentence for a person, without credentials. */
export function describeRemoteFailure(url: string, error: unknown): string {
  return `could not read from ${displayUrl(url)}: ${causeOf(error)}`;
}

/** The same, of a push. */
export function describePushFailure(url: string, error: unknown): string {
  const cause = causeOf(error);
  const hint = cause === NO_ACCESS ? ': the token needs the right to write to it' : '';
  return `could not push to ${displayUrl(url)}: ${cause}${hint}`;
}

/** Whether it may pass by itself: the host is down, or busy, or does not answer. */
export function isTemporaryFailure(error: unknown): boolean {
  if (!(error instanceof GitError)) return false;
  return error.reason === 'timed_out' || (error.reason === 'failed' && TEMPORARY.has(causeOf(error)));
}

function causeOf(error: unknown): string {
  if (!(error instanceof GitError)) return 'an unexpected error';
  if (error.reason === 'timed_out') return 'no answer in time';
  if (error.reason !== 'failed') return error.message;
  return CAUSES.find(([pattern]) => pattern.test(error.stderr))?.[1] ?? 'git could not read the repository';
}
