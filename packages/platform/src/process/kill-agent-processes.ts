import { setTimeout as sleep } from 'node:timers/promises';
import {
  agentProcessesOf,
  killProcesses,
  markOf,
  signalProcess,
  signalProcesses,
  type AgentProcessesParams,
} from './agent-processes.js';
import { identify, type ProcessIdentity } from './identity.js';
import { environmentEntry, newestPid } from './linux.js';

const MAX_ROUNDS = 200;
const MAX_FREEZE_STEPS = 100;
const MAX_CHASE_STEPS = 2_000;
/** How often a process without a readable environment is looked at again before it is let go. */
const UNKNOWN_RETRIES = 50;
/** The first rounds follow at once, to win against a process that forks; the later ones wait for the kernel. */
const EAGER_ROUNDS = 20;
const ROUND_PAUSE_MS = 20;

/**
 * Ends every process of one dispatch's agent, daemons included: kills and looks again until none is left. Resolves
 * when they are gone. Rejects when some outlive some four seconds of it (another user's, or stuck in the kernel).
 */
export async function killAgentProcesses(params: AgentProcessesParams): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const since = newestPid();
    const found = freeze(params);
    killProcesses(found);
    if (killNewcomers(params.dispatchId, since) + found.length === 0) return;
    if (round >= EAGER_ROUNDS) await sleep(ROUND_PAUSE_MS);
  }
  const left = agentProcessesOf(params).map(({ pid }) => pid);
  if (left.length === 0) return;
  throw new Error(`Processes of dispatch ${params.dispatchId} cannot be killed: ${left.join(', ')}`);
}

/**
 * Stops them all before the first is killed: what is stopped forks no more, and while its parent lives, a child that
 * cleared its environment is still found. Returns them.
 */
function freeze({ dispatchId, known = [], user }: AgentProcessesParams): ProcessIdentity[] {
  const frozen = new Map<number, ProcessIdentity>();
  for (let step = 0; step < MAX_FREEZE_STEPS; step += 1) {
    const found = agentProcessesOf({ dispatchId, user, known: [...known, ...frozen.values()] });
    const fresh = found.filter(({ pid, startedAt }) => frozen.get(pid)?.startedAt !== startedAt);
    if (fresh.length === 0) break;
    signalProcesses(fresh, 'SIGSTOP');
    for (const identity of fresh) frozen.set(identity.pid, identity);
  }
  return [...frozen.values()];
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
      if (pid !== process.pid && isMarkedNewcomer(pid, markOf(dispatchId)) && signalProcess(pid, 'SIGKILL'))
        killed += 1;
    }
    seen = newest;
  }
  return killed;
}

function isMarkedNewcomer(pid: number, mark: string): boolean {
  for (let attempt = 0; attempt < UNKNOWN_RETRIES; attempt += 1) {
    const found = environmentEntry(pid, mark);
    if (found !== 'unknown') return found === 'present';
    if (identify(pid) === undefined) return false;
  }
  return false;
}
