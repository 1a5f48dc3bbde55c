import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { openBubblewrap } from './bubblewrap.js';
import { openContainers, type Containers } from './container/containers.js';
import { tryContainer } from './container/trial.js';
import type { Machine } from './machine.js';
import { onlyOne, UNCONFINED, type Sandbox, type Sandboxes, type SandboxName } from './sandbox.js';
import { openSecondUser } from './second-user.js';

export type WantedSandbox = SandboxName | 'auto';

/** What was chosen. */
export interface ChosenSandboxes extends Sandboxes {
  /** What workers need not find out again; `engine` as CONTAINER_HOST has it. */
  readonly settled: { readonly wanted: WantedSandbox; readonly engine: string | undefined };
  /** Which it is, for which agents, and why it is not a stronger one: for people. */
  summary(): Promise<string>;
}

interface Found {
  readonly containers: Containers | undefined;
  /** The strongest of the others. */
  readonly other: Sandbox | undefined;
  /** Why not, by name. */
  readonly problems: readonly string[];
}

type Opener = readonly [name: SandboxName, open: (machine: Machine) => Promise<Sandbox | string>];
const OTHERS: readonly Opener[] = [
  ['bwrap', openBubblewrap],
  ['uid', openSecondUser],
];

/**
 * The sandboxes that were asked for; for `auto` the strongest that works here, which is a container for those agents
 * whose image is there. Each is tried, not guessed; a worker leaves out what takes long and its control plane has
 * tried (`isSettled`). Rejects with an error for people that says why none works, and what to do.
 */
export async function chooseSandboxes(
  wanted: WantedSandbox,
  machine: Machine,
  { isSettled = false } = {},
): Promise<ChosenSandboxes> {
  if (wanted === 'none')
    return { ...UNCONFINED, settled: { wanted, engine: undefined }, summary: async () => wanted };
  const found = await find(wanted, machine, isSettled);
  const { containers, other } = found;
  const summary = (): Promise<string> => summaryOf(found);
  if (containers !== undefined) {
    const engine = `unix://${containers.engine}`;
    return { ...containersOr(other, containers), settled: { wanted, engine }, summary };
  }
  if (other !== undefined)
    return { ...onlyOne(other), settled: { wanted: other.name, engine: undefined }, summary };
  throw new Error(noneWorks(wanted, found.problems));
}

async function find(wanted: WantedSandbox, machine: Machine, isSettled: boolean): Promise<Found> {
  const problems: string[] = [];
  const note = <T>(name: SandboxName, opened: T | string): T | undefined => {
    if (typeof opened !== 'string') return opened;
    problems.push(`${name}: ${opened}`);
    return undefined;
  };
  const isWanted = (name: SandboxName): boolean => wanted === 'auto' || wanted === name;
  const containers = isWanted('container')
    ? note('container', await openTriedContainers(machine, isSettled))
    : undefined;
  for (const [name, open] of OTHERS) {
    const other = isWanted(name) ? note(name, await open(machine)) : undefined;
    if (other !== undefined) return { containers, other, problems };
  }
  return { containers, other: undefined, problems };
}

async function openTriedContainers(machine: Machine, isSettled: boolean): Promise<Containers | string> {
  const containers = await openContainers(machine);
  if (isSettled || typeof containers === 'string') return containers;
  for (const agent of AGENT_NAMES)
    if ((await containers.problemOf(agent)) === undefined)
      return (await tryContainer(containers.sandboxOf(agent))) ?? containers;
  return containers;
}

/** An image that is built or deleted later counts from then on. */
function containersOr(other: Sandbox | undefined, containers: Containers): Sandboxes {
  return {
    user: containers.user,
    for: async (agent) => {
      const problem = await containers.problemOf(agent);
      if (problem === undefined) return containers.sandboxOf(agent);
      if (other === undefined) throw new Error(problem);
      return other;
    },
    reap: (dispatchId) => containers.reap(dispatchId),
  };
}

async function summaryOf({ containers, other, problems }: Found): Promise<string> {
  if (containers === undefined) return [`${other?.name}`, ...problems.map((each) => `no ${each}`)].join('; ');
  const contained: AgentName[] = [];
  const reasons: string[] = [];
  for (const agent of AGENT_NAMES) {
    const problem = await containers.problemOf(agent);
    if (problem === undefined) contained.push(agent);
    else reasons.push(`${agent}: ${other === undefined ? 'not available' : other.name}. ${problem}`);
  }
  const chosen = `container for ${contained.length === 0 ? 'no agent' : contained.join(', ')} (${containers.engine})`;
  return [chosen, ...reasons].join('\n            ');
}

function noneWorks(wanted: WantedSandbox, problems: readonly string[]): string {
  const which = wanted === 'auto' ? 'No sandbox works here' : `The sandbox ${wanted} does not work here`;
  const advice = 'OUTPOST_SANDBOX=none runs agents as this user, with all that it may do.';
  return `${which}:\n${problems.map((problem) => `  ${problem}`).join('\n')}\n${advice}`;
}

/** A sandbox that was tried. */
export interface TriedSandbox {
  readonly name: SandboxName;
  /** Why it does not work here, for people. */
  readonly problem: string | undefined;
  /** Agents that it does not work for, with the reason. */
  readonly without: readonly string[];
}

/** Every kind of sandbox, the strongest first, and whether it works here. */
export async function trySandboxes(machine: Machine): Promise<readonly TriedSandbox[]> {
  const tries = [await triedContainers(machine)];
  for (const [name, open] of OTHERS) {
    const opened = await open(machine);
    tries.push({ name, problem: typeof opened === 'string' ? opened : undefined, without: [] });
  }
  return tries;
}

async function triedContainers(machine: Machine): Promise<TriedSandbox> {
  const containers = await openTriedContainers(machine, false);
  if (typeof containers === 'string') return { name: 'container', problem: containers, without: [] };
  const without: string[] = [];
  for (const agent of AGENT_NAMES) {
    const problem = await containers.problemOf(agent);
    if (problem !== undefined) without.push(`${agent}: ${problem}`);
  }
  const problem = without.length === AGENT_NAMES.length ? without[0] : undefined;
  return { name: 'container', problem, without };
}
