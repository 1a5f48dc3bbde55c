import { agentProcessesOf, killAgentProcesses, type ProcessIdentity } from '@outpost/platform/process';
import type { AgentProcess } from './agent-process.js';

export interface StopperParams {
  readonly agent: AgentProcess;
  readonly dispatchId: string;
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** In place of it after the signal; asked for when that comes. */
  readonly cancelGraceMs?: (() => number) | undefined;
  readonly signal: AbortSignal;
}

/** Ends the agent when its time is up or the signal aborts, whichever is first: SIGTERM, the grace, SIGKILL. */
export class Stopper {
  readonly #params: StopperParams;
  readonly #timeout: NodeJS.Timeout;
  #grace: NodeJS.Timeout | undefined;
  #endedBy: 'exit' | 'timeout' | 'cancel' = 'exit';
  #known: readonly ProcessIdentity[] = [];
  readonly #cancel = (): void => this.#stop('cancel');

  constructor(params: StopperParams) {
    this.#params = params;
    this.#timeout = setTimeout(() => this.#stop('timeout'), params.timeoutMs);
    params.signal.addEventListener('abort', this.#cancel, { once: true });
    if (params.signal.aborted) this.#cancel();
  }

  /** Call when the agent has ended: says why. Nothing is signalled after this by itself. */
  finish(): 'exit' | 'timeout' | 'cancel' {
    clearTimeout(this.#timeout);
    clearTimeout(this.#grace);
    this.#params.signal.removeEventListener('abort', this.#cancel);
    return this.#endedBy;
  }

  /** Kills the agent and all that it started. Resolves with what went wrong, for people. */
  async killAll(): Promise<string | undefined> {
    const { agent, dispatchId } = this.#params;
    try {
      // First what can be found, then the group: that way round parents lead to children that have no mark.
      await killAgentProcesses({ dispatchId, known: this.#known });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      agent.signalGroup('SIGKILL');
    }
  }

  #stop(reason: 'timeout' | 'cancel'): void {
    if (this.#endedBy !== 'exit') return;
    this.#endedBy = reason;
    const { agent, dispatchId } = this.#params;
    // Now, while parents live: a child that cleared its environment cannot be found once its parent is gone.
    this.#known = agentProcessesOf({ dispatchId });
    agent.signalGroup('SIGTERM');
    this.#grace = setTimeout(() => void this.killAll(), this.#graceAfter(reason));
  }

  #graceAfter(reason: 'timeout' | 'cancel'): number {
    const { graceMs, cancelGraceMs } = this.#params;
    return reason === 'cancel' && cancelGraceMs !== undefined ? cancelGraceMs() : graceMs;
  }
}
