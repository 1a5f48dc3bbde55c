import { isAlive, type ProcessIdentity } from './identity.js';
import { environmentEntry, listLinuxProcesses, processUser, type LinuxProcess } from './linux.js';

/** The variable that marks an agent and, by inheritance, whatever it starts. Its value is the dispatch's id. */
export const AGENT_RUN_VARIABLE = 'OUTPOST_AGENT_RUN';

export interface AgentProcessesParams {
  readonly dispatchId: string;
  /** Found earlier: counts still, with its descendants, though it carries no mark and its parent is gone. */
  readonly known?: readonly ProcessIdentity[];
  /** The agent's own user, if it has one: whatever that user runs is the agent's. */
  readonly user?: number | undefined;
}

/**
 * The live processes of one dispatch's agent: those whose environment carries `OUTPOST_AGENT_RUN=<dispatchId>`, and
 * all that descend from them (a child that cleared its environment still has a parent, for as long as that lives).
 * Neither setsid nor a double fork hides a process from this. Never holds the calling process.
 *
 * Linux only, and only for processes this user may inspect. Elsewhere the environment of another process cannot be
 * read: the answer is empty, and the process group is all that can be signalled.
 */
export function agentProcessesOf({ dispatchId, known = [], user }: AgentProcessesParams): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  const mark = markOf(dispatchId);
  const knownStarts = new Map(known.map(({ pid, startedAt }) => [pid, startedAt]));
  const all = listLinuxProcesses().filter(({ pid }) => pid !== process.pid);
  const roots = all.filter(
    ({ pid, startedAt }) =>
      knownStarts.get(pid) === startedAt ||
      environmentEntry(pid, mark) === 'present' ||
      (user !== undefined && processUser(pid) === user),
  );
  return withDescendants(roots, all).map(({ pid, startedAt }) => ({ pid, startedAt }));
}

/** The entry in the environment of every process of this dispatch's agent. */
export function markOf(dispatchId: string): string {
  return `${AGENT_RUN_VARIABLE}=${dispatchId}`;
}

/** Sends SIGKILL to those that are still the processes they were; never fails for one that is gone or not ours. */
export function killProcesses(identities: readonly ProcessIdentity[]): void {
  signalProcesses(identities, 'SIGKILL');
}

export function signalProcesses(identities: readonly ProcessIdentity[], signal: 'SIGKILL' | 'SIGSTOP'): void {
  for (const identity of identities) {
    if (isAlive(identity)) signalProcess(identity.pid, signal);
  }
}

/** False: it ended between the look and the signal (ESRCH), or is not ours (EPERM). */
export function signalProcess(pid: number, signal: 'SIGKILL' | 'SIGSTOP'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
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
