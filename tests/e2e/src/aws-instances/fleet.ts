import type { CostEvent, Dispatch, DispatchRecord, ErrorBody } from '@outpost/contracts';
import { systemClock, type DispatchKey, type DispatchStore } from '@outpost/platform';
import { createAwsDispatchStore, TABLES } from '@outpost/platform/aws';
import { readAtRest, startContainer } from '@outpost/platform/testing/aws';
import {
  fakeAgentEnv,
  openAwsSite,
  randomKey,
  until,
  type AwsSite,
  type Outpost,
} from '@outpost/test-support';
import { AgentRuns, type AgentRun } from '../agent-runs.js';

export const LIMITS = { perAgent: 4, perTenant: 2 } as const;

export interface Submission {
  readonly tenantId: string;
  readonly idempotencyKey: string;
}

export interface Submitted extends DispatchKey {
  /** What the client was told. */
  readonly answer: Dispatch;
  /** Whether the first instance that was asked went away without an answer. */
  readonly isRepeated: boolean;
}

interface RunTaskInput {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Control planes on one AWS account, the tenants that use them, and what is really there afterwards. */
export class Fleet {
  readonly site: AwsSite;
  readonly runs: AgentRuns;
  readonly store: DispatchStore;
  readonly #door: Door;
  readonly #tenantKeys: ReadonlyMap<string, string>;
  readonly #bootstrapKey = randomKey();

  private constructor(site: AwsSite, door: Door, tenantKeys: ReadonlyMap<string, string>) {
    const { dynamodb } = site.account.clients;
    this.site = site;
    this.runs = new AgentRuns(site.directory);
    this.store = createAwsDispatchStore({ dynamodb, clock: systemClock });
    this.#door = door;
    this.#tenantKeys = tenantKeys;
  }

  static async open(tenantIds: readonly string[]): Promise<Fleet> {
    const door = new Door();
    const site = await openAwsSite({
      startContainer: async (container) => {
        await door.opened;
        return startContainer(container);
      },
    });
    const keys = tenantIds.map(async (tenantId) => [tenantId, await site.tenantKey(tenantId)] as const);
    return new Fleet(site, door, new Map(await Promise.all(keys)));
  }

  /** One more control plane, with the bootstrap key of all. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Outpost> {
    return this.site.start({
      apiKey: this.#bootstrapKey,
      env: {
        ...(await fakeAgentEnv(this.site.directory)),
        OUTPOST_MAX_CONCURRENT_PER_AGENT: String(LIMITS.perAgent),
        OUTPOST_MAX_CONCURRENT_PER_TENANT: String(LIMITS.perTenant),
        ...env,
      },
    });
  }

  /** As a client does: when one instance is gone before it answers, the next one is asked the same. */
  async submit(instances: readonly Outpost[], { tenantId, idempotencyKey }: Submission): Promise<Submitted> {
    const [instance, ...others] = instances;
    if (instance === undefined) throw new Error('No instance answered.');
    const request = {
      key: this.#tenantKeys.get(tenantId)!,
      json: { agent: 'claude', task: this.runs.task },
      headers: { 'idempotency-key': idempotencyKey },
    };
    const answer = await instance
      .call<Dispatch | ErrorBody>('POST', '/dispatch', request)
      .catch(() => undefined);
    if (answer === undefined)
      return { ...(await this.submit(others, { tenantId, idempotencyKey })), isRepeated: true };
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    const dispatch = answer.body as Dispatch;
    return { tenantId, dispatchId: dispatch.dispatchId, answer: dispatch, isRepeated: false };
  }

  /** From now on tasks come about, but their containers do not start before this is taken back. */
  holdWorkers(): void {
    this.#door.shut();
  }

  letWorkersStart(): void {
    this.#door.open();
  }

  async close(): Promise<void> {
    this.#door.open();
    await this.site.close();
  }

  async read(keys: readonly DispatchKey[]): Promise<readonly DispatchRecord[]> {
    const records = await Promise.all(keys.map((key) => this.store.get(key)));
    return records.map((record, index) => {
      if (record === undefined) throw new Error(`${keys[index]!.dispatchId} is lost.`);
      return record;
    });
  }

  /** Lets agents end only when no more can run: so the slots are all in use, again and again. */
  async runToTheEnd(keys: readonly DispatchKey[]): Promise<readonly DispatchRecord[]> {
    await until(async () => {
      const runs = await this.runsOf(keys);
      const ended = new Set(runs.filter(({ endedAt }) => endedAt !== undefined).map((run) => run.dispatchId));
      const left = keys.filter(({ dispatchId }) => !ended.has(dispatchId));
      const running = runs.filter(({ endedAt }) => endedAt === undefined);
      if (running.length >= roomFor(left)) await Promise.all(running.map((run) => this.runs.release(run)));
      await this.#failFast();
      return left.length === 0 || undefined;
    });
    return until(async () => {
      const records = await this.read(keys);
      return records.every((record) => 'completedAt' in record) ? records : undefined;
    });
  }

  async runsOf(keys: readonly DispatchKey[]): Promise<readonly AgentRun[]> {
    const ids = new Set(keys.map(({ dispatchId }) => dispatchId));
    return (await this.runs.read()).filter(({ dispatchId }) => ids.has(dispatchId));
  }

  /** Ids of the dispatches for which ECS was asked for a task, one for each time. */
  askedTasks(): readonly string[] {
    return this.site.account.ecs.calls
      .filter(({ operation }) => operation === 'RunTask')
      .map(
        ({ input }) => (input as unknown as RunTaskInput).tags.find(({ key }) => key === 'dispatchId')!.value,
      );
  }

  /** Ids of the dispatches for which ECS has started a task, one for each task. */
  startedTasks(keys: readonly DispatchKey[]): readonly string[] {
    const ids = new Set(keys.map(({ dispatchId }) => dispatchId));
    const started = this.site.account.ecs.tasks.map(({ dispatchId }) => dispatchId);
    return started.filter((id) => id !== undefined).filter((id) => ids.has(id));
  }

  /** Waits for the event of each; a repeat is told by its `eventId`. */
  async costEvents(keys: readonly DispatchKey[]): Promise<readonly CostEvent[]> {
    return (await Promise.all(keys.map(({ dispatchId }) => this.site.costEvents(dispatchId)))).flat();
  }

  /** What every counter of slots says, as its row has it: the store does not show one that fell below zero. */
  async slotsHeld(): Promise<Readonly<Record<string, number>>> {
    const rows = (await readAtRest(this.site.account.clients))
      .filter(({ place }) => place === `dynamodb/${TABLES.control.name}`)
      .map(({ body }) => JSON.parse(body.toString('utf8')) as { pk: { S: string }; held?: { N: string } });
    return Object.fromEntries(
      rows.flatMap(({ pk, held }) => (held === undefined ? [] : [[pk.S, Number(held.N)]])),
    );
  }

  /** What ended badly would be waited for in vain. */
  async #failFast(): Promise<void> {
    const [bad] = await this.store.listByStatus({ statuses: ['FAILED', 'TIMEOUT', 'CANCELLED'] });
    if (bad !== undefined) throw new Error(`Not completed: ${JSON.stringify(bad)}`);
  }
}

class Door {
  #opened = Promise.withResolvers<void>();

  constructor() {
    this.open();
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  shut(): void {
    this.#opened = Promise.withResolvers();
  }

  open(): void {
    this.#opened.resolve();
  }
}

/** How many of these can have a slot at once. */
function roomFor(keys: readonly DispatchKey[]): number {
  const perTenant = [...Map.groupBy(keys, ({ tenantId }) => tenantId).values()].map((own) =>
    Math.min(own.length, LIMITS.perTenant),
  );
  return Math.min(
    LIMITS.perAgent,
    perTenant.reduce((sum, each) => sum + each, 0),
  );
}
