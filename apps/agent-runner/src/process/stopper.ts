import { agentProcessesOf, killAgentProcesses, type ProcessIdentity } from '@outpost/platform/process';
import type { AgentProcess } from './agent-process.js';

export interface StopperParams {
  readonly agent: AgentProcess;
  readonly dispatchId: string;
  /** The agent's own user, if it has one. */
  readonly user?: number | undefined;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** The same once `urgent` is aborted, counted from then on. */
  readonly urgentGraceMs: number;
  /** Ends the agent. */
  readonly signal: AbortSignal;
  /** Ends the agent, and soon. */
  readonly urgent: AbortSignal;
  /** The same, when there is no room for what it writes. */
  readonly full?: AbortSignal | undefined;
}

type EndedBy = 'exit' | 'timeout' | 'cancel' | 'full';

/** Ends the agent when its time is up, its room is, or a signal aborts, whichever is first: SIGTERM, the grace, SIGKILL. */
export class Stopper {
  readonly #params: StopperParams;
  readonly #timeout: NodeJS.Timeout;
  #grace: NodeJS.Timeout | undefined;
  #endedBy: EndedBy = 'exit';
  #known: readonly ProcessIdentity[] = [];
  readonly #cancel = (): void => this.#stop('cancel');
  readonly #hurry = (): void => {
    this.#stop('cancel');
    this.#killIn(this.#params.urgentGraceMs);
  };
  readonly #makeRoom = (): void => {
    this.#stop('full');
    this.#killIn(this.#params.urgentGraceMs);
  };

  constructor(params: StopperParams) {
    this.#params = params;
    this.#timeout = setTimeout(() => this.#stop('timeout'), params.timeoutMs);
    params.signal.addEventListener('abort', this.#cancel, { once: true });
    params.urgent.addEventListener('abort', this.#hurry, { once: true });
    params.full?.addEventListener('abort', this.#makeRoom, { once: true });
    if (params.signal.aborted) this.#cancel();
    if (params.urgent.aborted) this.#hurry();
    if (params.full?.aborted === true) this.#makeRoom();
  }

  /** Call when the agent has ended: says why. Nothing is signalled after this by itself. */
  finish(): EndedBy {
    clearTimeout(this.#timeout);
    clearTimeout(this.#grace);
    this.#params.signal.removeEventListener('abort', this.#cancel);
    this.#params.urgent.removeEventListener('abort', this.#hurry);
    this.#params.full?.removeEventListener('abort', this.#makeRoom);
    return this.#endedBy;
  }

  /** Kills the agent and all that it started. Resolves with what went wrong, for people. */
  async killAll(): Promise<string | undefined> {
    const { agent, dispatchId, user } = this.#params;
    try {
      // First what can be found, then the group: that way round parents lead to children that have no mark.
      await killAgentProcesses({ dispatchId, user, known: this.#known });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      agent.signalGroup('SIGKILL');
    }
  }

  #stop(reason: Exclude<EndedBy, 'exit'>): void {
    if (this.#endedBy !== 'exit') return;
    this.#endedBy = reason;
    const { agent, dispatchId, user, graceMs } = this.#params;
    // Now, while parents live: a child that cleared its environment cannot be found once its parent is gone.
    this.#known = agentProcessesOf({ dispatchId, user });
    agent.signalGroup('SIGTERM');
    this.#killIn(graceMs);
  }

  #killIn(ms: number): void {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => void this.killAll(), ms);
  }
}
