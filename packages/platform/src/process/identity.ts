import { execFileSync } from 'node:child_process';
import { readLinuxProcess } from './linux.js';

/** One process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: compare it, never read it. Meaningful on this machine only; may be stored. */
  readonly startedAt: string;
}

/** Who has this pid now; undefined when nobody has, or only a zombie that waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = process.platform === 'linux' ? readLinuxProcess(pid)?.startedAt : startedAtByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether that very process still runs: not a zombie, and not another one that was given its pid. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** macOS and the BSDs: the start is known to the second, which tells a reused pid apart well enough. */
export function startedAtByPs(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      // A fixed locale and zone: the text must not change between two processes that compare it.
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, state, startedAt] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(output) ?? [];
    return state === undefined || state.startsWith('Z') ? undefined : startedAt;
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}
