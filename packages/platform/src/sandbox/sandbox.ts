import type { AgentName } from '@outpost/contracts';

/** How an agent is kept apart, strongest first. */
export const SANDBOX_NAMES = ['container', 'bwrap', 'uid', 'none'] as const;
export type SandboxName = (typeof SANDBOX_NAMES)[number];

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** What an agent is given of the machine. Paths are absolute, and exist. */
export interface Confinement {
  readonly dispatchId: string;
  readonly cwd: string;
  /** Files and directories that are its own. */
  readonly writable: readonly string[];
  /** Files and directories that it may read besides the system's own. */
  readonly readable: readonly string[];
  /** The files of its program, which it has to be shown where they are not in a system of its own. */
  readonly programs: readonly string[];
  /** A private directory of the runner, where the sandbox may leave what it needs. */
  readonly scratchDir: string;
  readonly maxProcesses: number;
  readonly maxFileBytes: number;
  readonly memoryBytes: number;
  /** 0.5 is half a processor. */
  readonly processors: number;
  /** The way out of a sandbox that has no network. */
  readonly egress: EgressDoor | undefined;
}

export interface EgressDoor {
  /** Unix socket of the egress proxy. */
  readonly socket: string;
  /** Loopback ports, as `127.0.0.1:8080`, that lead to the same outside. */
  readonly forwards: readonly string[];
}

/** What the relay is told, which runs inside a sandbox without a network in front of the agent. */
export interface RelayOrders {
  readonly egress?: EgressDoor | undefined;
  /** Unix socket of who gives the agent its environment, and is told of its end. See `container/agent-call.ts`. */
  readonly call?: string;
}

/** What the relay says of the agent's end. */
export interface RelayReport {
  readonly exitCode: number;
  /** How often the kernel has killed in the sandbox for want of memory. */
  readonly oomKills: number;
}

/** A program to start in place of the agent's. */
export interface Entered extends Program {
  /** How often the kernel has killed in it for want of memory. For when the program has ended. */
  readonly oomKills?: () => number;
  /** Ends what is left of it. */
  readonly close?: () => Promise<void>;
}

export interface Sandbox {
  readonly name: SandboxName;
  /** Whose the agent's files have to be; undefined: this process's own user's. */
  readonly user: number | undefined;
  /** Whether nothing but the egress proxy leads out. */
  readonly isolatesNetwork: boolean;
  /** Whether memory and processor time are bounded by it. */
  readonly boundsMemory: boolean;
  /** Whether it has a system of its own, with the CLI in it. */
  readonly bringsCli: boolean;
  /** Makes a workspace reachable for the agent's user, and nothing beside it. */
  admit(workspaceRoot: string): Promise<void>;
  /** What to start so that the program runs confined. */
  enter(program: Program, confinement: Confinement): Promise<Entered>;
}

/** The sandboxes of this machine. */
export interface Sandboxes {
  /** The user that agents run as in any of them; undefined: this process's own. */
  readonly user: number | undefined;
  /** The strongest that works for an agent. Rejects with an error for people when none does. */
  for(agent: AgentName): Promise<Sandbox>;
  /** Ends what a worker that is gone has left of a dispatch's sandbox. Processes are found by themselves. */
  reap(dispatchId: string): Promise<void>;
}

const NONE: Sandbox = {
  name: 'none',
  user: undefined,
  isolatesNetwork: false,
  boundsMemory: false,
  bringsCli: false,
  admit: async () => {},
  enter: async (program) => program,
};

/** No sandbox: agents run as this user. Only for who asks for it. */
export const UNCONFINED: Sandboxes = onlyOne(NONE);

export function onlyOne(sandbox: Sandbox): Sandboxes {
  return { user: sandbox.user, for: async () => sandbox, reap: async () => {} };
}
