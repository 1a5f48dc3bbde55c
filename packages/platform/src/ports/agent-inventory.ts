import type { AgentName } from '@outpost/contracts';

export type AgentAvailability =
  | { readonly available: true }
  /** `reason` says why not and what to do about it. */
  | { readonly available: false; readonly reason: string };

/** Which agents this fleet can start. */
export interface AgentInventory {
  availability(params: { readonly agent: AgentName; readonly tenantId: string }): Promise<AgentAvailability>;
}

/** The CLIs on a worker. */
export interface AgentExecutables {
  /** Absolute path, or undefined when this worker has none. */
  locate(agent: AgentName): string | undefined;
  /** Whether something else was named to run in place of the CLI. */
  isReplaced(agent: AgentName): boolean;
}
