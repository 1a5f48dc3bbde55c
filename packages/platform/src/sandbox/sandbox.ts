/** How an agent is kept apart, strongest first. */
export const SANDBOX_NAMES = ['bwrap', 'uid', 'none'] as const;
export type SandboxName = (typeof SANDBOX_NAMES)[number];

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** What an agent is given of the machine. Paths are absolute, and exist. */
export interface Confinement {
  readonly cwd: string;
  /** Files and directories that are its own. */
  readonly writable: readonly string[];
  /** Files and directories that it may read besides the system's own. */
  readonly readable: readonly string[];
  /** A private directory of the runner, where the sandbox may leave what it needs. */
  readonly scratchDir: string;
  readonly maxProcesses: number;
  readonly maxFileBytes: number;
  /** The way out of a sandbox that has no network. */
  readonly egress: EgressDoor | undefined;
}

export interface EgressDoor {
  /** Unix socket of the egress proxy. */
  readonly socket: string;
  /** Loopback ports, as `127.0.0.1:8080`, that lead to the same outside. */
  readonly forwards: readonly string[];
}

export interface Sandbox {
  readonly name: SandboxName;
  /** Whose the agent's files have to be; undefined: this process's own user's. */
  readonly user: number | undefined;
  /** Whether nothing but the egress proxy leads out. */
  readonly isolatesNetwork: boolean;
  /** Makes a workspace reachable for the agent's user, and nothing beside it. */
  admit(workspaceRoot: string): Promise<void>;
  /** What to start so that the program runs confined. */
  enter(program: Program, confinement: Confinement): Promise<Program>;
}

/** No sandbox: agents run as this user. Only for who asks for it. */
export const UNCONFINED: Sandbox = {
  name: 'none',
  user: undefined,
  isolatesNetwork: false,
  admit: async () => {},
  enter: async (program) => program,
};
