import type { Dispatch } from '@outpost/contracts';
import {
  fakeAgentEnv,
  randomKey,
  until,
  workerProcesses,
  type Answer,
  type AwsSite,
  type CallOptions,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { AgentRuns, type AgentRun } from '../agent-runs.js';
import type { PlannedDispatch, Strike } from './plan.js';

export const WARM_MAX = 2;

/** Few, so that many wait. */
const ENV = {
  OUTPOST_MAX_CONCURRENT_PER_AGENT: '4',
  OUTPOST_WARM_MAX_CLAUDE: String(WARM_MAX),
  OUTPOST_WARM_MIN_CLAUDE: '1',
};

/** What a client saw of a dispatch. */
export interface Lived {
  readonly dispatch: Dispatch;
  readonly isCancelAcknowledged: boolean;
}

/** Control planes on one site, clients that do not give up, and somebody who kills what runs there. */
export class ChaosWorld {
  readonly site: Site | AwsSite;
  readonly runs: AgentRuns;
  readonly #apiKey = randomKey();
  readonly #instances: Outpost[] = [];
  /** What the clients last saw, by id. */
  readonly #seen = new Map<string, Dispatch>();
  readonly #agentEnv: Readonly<Record<string, string>>;
  #asked = 0;

  private constructor(site: Site | AwsSite, agentEnv: Readonly<Record<string, string>>) {
    this.site = site;
    this.#agentEnv = agentEnv;
    this.runs = new AgentRuns(site.directory);
  }

  static async open(site: Site | AwsSite, instances: number): Promise<ChaosWorld> {
    // Written once: an agent that starts while its program is written again finds half of it.
    const world = new ChaosWorld(site, await fakeAgentEnv(site.directory));
    for (let index = 0; index < instances; index += 1) world.#instances.push(await world.#start());
    return world;
  }

  /** As a client does whose calls may be lost: it asks another instance the same until there is an answer. */
  async ask<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    return until(async () => {
      const instance = this.#instances[this.#asked++ % this.#instances.length];
      const answer = await instance?.call<T>(method, path, options).catch(() => undefined);
      return answer === undefined || answer.status >= 500 ? undefined : answer;
    });
  }

  /** From its submission to its end. */
  async live(planned: PlannedDispatch, idempotencyKey: string): Promise<Lived> {
    const { status, body } = await this.ask<Dispatch>('POST', '/dispatch', {
      json: { agent: 'claude', task: this.runs.taskOf(planned.workMs) },
      headers: { 'idempotency-key': idempotencyKey },
    });
    if (status !== 202) throw new Error(`POST /dispatch answered ${status}: ${JSON.stringify(body)}`);
    const { dispatchId } = body;
    if (planned.cancel === 'at work')
      await until(async () => this.#seen.get(dispatchId)?.stage === 'run' || this.#end(dispatchId));
    const isCancelAcknowledged = planned.cancel !== 'never' && (await this.#cancel(dispatchId));
    return { dispatch: await until(async () => this.#end(dispatchId)), isCancelAcknowledged };
  }

  /** Looks at all that was submitted last, for every client at once, until `isOver`. */
  async watch(isOver: () => boolean): Promise<void> {
    await until(async () => {
      const { body } = await this.ask<{ runs: readonly Dispatch[] }>('GET', '/runs?limit=100');
      for (const each of body.runs) this.#seen.set(each.dispatchId, each);
      return isOver() || undefined;
    });
  }

  /** False: there was none of this kind. */
  async strike({ victim, which }: Strike): Promise<boolean> {
    if (victim === 'control plane') return this.#killControlPlane(which % this.#instances.length);
    return victim === 'worker' ? this.#killWorker(which) : this.#killStore();
  }

  async agentRuns(): Promise<readonly AgentRun[]> {
    return this.runs.read();
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.stop()));
  }

  async #start(): Promise<Outpost> {
    return this.site.start({ apiKey: this.#apiKey, env: { ...ENV, ...this.#agentEnv } });
  }

  /** False: it had ended before. */
  async #cancel(dispatchId: string): Promise<boolean> {
    const { status } = await this.ask('DELETE', `/dispatch/${dispatchId}`);
    if (status !== 200 && status !== 202 && status !== 409) throw new Error(`DELETE answered ${status}.`);
    return status !== 409;
  }

  #end(dispatchId: string): Dispatch | undefined {
    const seen = this.#seen.get(dispatchId);
    return seen?.completedAt === undefined ? undefined : seen;
  }

  async #killControlPlane(index: number): Promise<true> {
    await this.#instances[index]!.kill();
    this.#instances[index] = await this.#start();
    return true;
  }

  #killWorker(which: number): boolean {
    const workers = workerProcesses(this.site.directory);
    const pid = workers[which % workers.length];
    if (pid === undefined) return false;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
    return true;
  }

  async #killStore(): Promise<boolean> {
    if (!('account' in this.site)) return false;
    const { dynamodb } = this.site.account;
    await dynamodb.kill();
    // Until somebody has noticed.
    await this.#instances[0]!.call('GET', '/runs').catch(() => undefined);
    await dynamodb.revive();
    return true;
  }
}
