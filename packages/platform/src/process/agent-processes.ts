import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './identity.js';
import { environmentEntry, listLinuxProcesses, newestPid, type LinuxProcess } from './linux.js';

/** The variable that marks an agent and, by inheritance, whatever it starts. Its value is the dispatch's id. */
export const AGENT_RUN_VARIABLE = 'OUTPOST_AGENT_RUN';

const MAX_ROUNDS = 200;
const MAX_CHASE_STEPS = 2_000;
/** How often a process without a readable environment is looked at again before it is let go. */
const UNKNOWN_RETRIES = 50;
/** The first rounds follow at once, to win against a process that forks; the later ones wait for the kernel. */
const EAGER_ROUNDS = 20;
const ROUND_PAUSE_MS = 20;

/**
 * The live processes of one dispatch's agent: those whose environment carries `OUTPOST_AGENT_RUN=<dispatchId>`, and
 * all that descend from them (a child that cleared its environment still has a parent, for as long as that lives).
 * Neither setsid nor a double fork hides a process from this. Never holds the calling process.
 *
 * Linux only, and only for processes this user may inspect. Elsewhere the environment of another process cannot be
 * read: the answer is empty, and the process group is all that can be signalled.
 */
export function agentProcessesOf(params: { readonly dispatchId: string }): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  const entry = markOf(params.dispatchId);
  const all = listLinuxProcesses().filter(({ pid }) => pid !== process.pid);
  const marked = all.filter(({ pid }) => environmentEntry(pid, entry) === 'present');
  return withDescendants(marked, all).map(({ pid, startedAt }) => ({ pid, startedAt }));
}

/** Sends SIGKILL to those that are still the processes they were; never fails for one that is gone or not ours. */
export function killProcesses(identities: readonly ProcessIdentity[]): void {
  for (const identity of identities) {
    if (isAlive(identity)) sendKill(identity.pid);
  }
}

/**
 * Ends every process of one dispatch's agent, daemons included: kills and looks again until none is left.
 * Resolves when they are gone. Rejects when some outlive about four seconds of it (another user's, or stuck in the kernel).
 */
export async function killAgentProcesses(params: { readonly dispatchId: string }): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const since = newestPid();
    const found = agentProcessesOf(params);
    killProcesses(found);
    if (killNewcomers(params.dispatchId, since) + found.length === 0) return;
    if (round >= EAGER_ROUNDS) await sleep(ROUND_PAUSE_MS);
  }
  const left = agentProcessesOf(params).map(({ pid }) => pid);
  if (left.length > 0)
    throw new Error(`Processes of dispatch ${params.dispatchId} cannot be killed: ${left.join(', ')}`);
}

/**
 * Kills what was forked while a scan ran. A process that forks and exits every millisecond is never where a whole scan
 * looks for it; but its pid is always a new one, and looking at the few new pids is faster than an exec.
 * Returns how many were killed, once no pid is left unseen.
 */
function killNewcomers(dispatchId: string, since: number): number {
  if (process.platform !== 'linux') return 0;
  let seen = since;
  let killed = 0;
  for (let step = 0; step < MAX_CHASE_STEPS; step += 1) {
    const newest = newestPid();
    if (newest === seen) break;
    for (let pid = seen + 1; pid <= newest; pid += 1) {
      if (pid !== process.pid && isMarkedNewcomer(pid, markOf(dispatchId)) && sendKill(pid)) killed += 1;
    }
    seen = newest;
  }
  return killed;
}

function isMarkedNewcomer(pid: number, entry: string): boolean {
  for (let attempt = 0; attempt < UNKNOWN_RETRIES; attempt += 1) {
    const found = environmentEntry(pid, entry);
    if (found !== 'unknown') return found === 'present';
    if (identify(pid) === undefined) return false;
  }
  return false;
}

function markOf(dispatchId: string): string {
  return `${AGENT_RUN_VARIABLE}=${dispatchId}`;
}

function withDescendants(roots: readonly LinuxProcess[], all: readonly LinuxProcess[]): LinuxProcess[] {
  const children = Map.groupBy(all, ({ parentPid }) => parentPid);
  const found = new Map(roots.map((root) => [root.pid, root]));
  // A Map hands out what is added while it is walked.
  for (const pid of found.keys()) {
    for (const child of children.get(pid) ?? []) found.set(child.pid, child);
  }
  return [...found.values()];
}

/** False: it ended between the look and the signal (ESRCH), or is not ours (EPERM; killAgentProcesses reports it). */
function sendKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
