import type { DispatchKey } from '@outpost/platform';
import { hasDynamoDb } from '@outpost/platform/testing/aws';
import { until, type Outpost } from '@outpost/test-support';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostAtOnce } from './agent-runs.js';
import { Fleet, LIMITS, type Submission } from './aws-instances/fleet.js';
import { startHeldAnswers, type HeldAnswers } from './aws-instances/held-answers.js';

const TENANTS = ['ada', 'bob', 'eve'] as const;

if (!hasDynamoDb())
  console.warn('SKIPPED: instances on AWS. There is no DynamoDB-compatible server for this platform on npm.');

function submissions(count: number, tenantIds: readonly string[] = TENANTS): Submission[] {
  return Array.from({ length: count }, (_, index) => ({
    tenantId: tenantIds[index % tenantIds.length]!,
    idempotencyKey: randomUUID(),
  }));
}

const idsOf = (keys: readonly Pick<DispatchKey, 'dispatchId'>[]): string[] =>
  keys.map(({ dispatchId }) => dispatchId).toSorted();

describe.skipIf(!hasDynamoDb())('several control planes on one AWS account', { timeout: 120_000 }, () => {
  let fleet: Fleet;
  let first: Outpost;
  let second: Outpost;
  const all: DispatchKey[] = [];

  beforeAll(async () => {
    fleet = await Fleet.open(TENANTS);
    // At once, with the same bootstrap key.
    [first, second] = await Promise.all([fleet.start(), fleet.start()]);
  });
  afterAll(async () => {
    await Promise.all([first, second].map((instance) => instance.stop()));
    await fleet.close();
  });

  /** To their ends, of which each has one: by what the agents, ECS, the tables and the ledger say. */
  async function expectEachOnce(keys: readonly DispatchKey[]): Promise<void> {
    all.push(...keys);
    const ids = idsOf(keys);
    const records = await fleet.runToTheEnd(keys);
    expect(records.map(({ status }) => status)).toEqual(keys.map(() => 'COMPLETED'));
    expect(idsOf(await fleet.runsOf(keys))).toEqual(ids);
    expect(fleet.startedTasks(keys).toSorted()).toEqual(ids);
    const events = await fleet.costEvents(keys);
    expect(events.map(({ eventId }) => eventId).toSorted()).toEqual(ids);
    expect(events.map(({ status }) => status)).toEqual(keys.map(() => 'COMPLETED'));
  }

  async function expectLimitsKept(keys: readonly DispatchKey[]): Promise<void> {
    const runs = await fleet.runsOf(keys);
    const perTenant = TENANTS.map((tenantId) => {
      const own = new Set(idsOf(keys.filter((key) => key.tenantId === tenantId)));
      return mostAtOnce(runs.filter(({ dispatchId }) => own.has(dispatchId)));
    });
    // Not more than the limits, and not less either: else it would not be known that there were any.
    expect(mostAtOnce(runs)).toBe(LIMITS.perAgent);
    expect(Math.max(...perTenant)).toBe(LIMITS.perTenant);
    expect(await fleet.slotsHeld()).toEqual({
      '#agent#claude': 0,
      ...Object.fromEntries(TENANTS.map((tenantId) => [`${tenantId}#slots`, 0])),
    });
  }

  it('take one Idempotency-Key 50 times at once for one dispatch', async () => {
    const submission = { tenantId: 'ada', idempotencyKey: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => fleet.submit([index % 2 ? first : second], submission)),
    );
    const [key] = answers;
    expect(new Set(idsOf(answers)).size).toBe(1);
    const { records } = await fleet.store.list({ tenantId: 'ada', limit: 100 });
    expect(idsOf(records)).toEqual([key!.dispatchId]);
    await expectEachOnce([key!]);
  });

  it('never exceed the limits under load, and start nothing twice', async () => {
    const keys = await Promise.all(
      submissions(30).map((each, index) => fleet.submit([index % 2 ? first : second], each)),
    );
    // No agent has been let go yet: who has a slot has it since the beginning.
    const holders = (await fleet.read(keys)).filter(({ status }) => status !== 'QUEUED');
    expect(holders).toHaveLength(LIMITS.perAgent);
    for (const tenantId of TENANTS)
      expect(holders.filter((each) => each.tenantId === tenantId).length).toBeLessThanOrEqual(
        LIMITS.perTenant,
      );
    await expectEachOnce(keys);
    await expectLimitsKept(keys);
  });

  describe('of which one is killed', () => {
    let doomed: Outpost;
    let dynamodb: HeldAnswers;
    let ecs: HeldAnswers;

    beforeAll(async () => {
      const { endpoints } = fleet.site.account;
      dynamodb = await startHeldAnswers(endpoints.dynamodb!);
      ecs = await startHeldAnswers(endpoints.ecs!);
      doomed = await fleet.start({
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
        AWS_ENDPOINT_URL_ECS: ecs.url,
      });
    });
    afterAll(async () => {
      await doomed.kill();
      await dynamodb.close();
      await ecs.close();
    });

    it('lose nothing, and do nothing twice', async () => {
      // ECS has its tasks, and it never hears of them.
      fleet.holdWorkers();
      ecs.hold('RunTask');
      const launched = await Promise.all(submissions(2, ['ada']).map((each) => fleet.submit([doomed], each)));
      await until(async () => fleet.startedTasks(launched).length === launched.length || undefined);
      // Its dispatches are written, and it never hears of it: they have no answer and no worker.
      dynamodb.hold('TransactWriteItems');
      const unanswered = submissions(6, ['bob', 'eve']);
      const inFlight = unanswered.map((each) => fleet.submit([doomed, first], each));
      const written = await until(async () => durable(unanswered));
      const acknowledged = await Promise.all(
        submissions(8).map((each, index) => fleet.submit([index % 2 ? first : second], each)),
      );
      await doomed.kill();
      const askedBefore = fleet.askedTasks().length;

      const repeated = await Promise.all(inFlight);
      expect(repeated.every(({ isRepeated }) => isRepeated)).toBe(true);
      // The repeat was answered with what had been written for the first.
      expect(idsOf(repeated)).toEqual(written);
      // Nobody knows that the first two have a task: they are launched again.
      await until(async () => {
        const asked = new Set(fleet.askedTasks().slice(askedBefore));
        return launched.every(({ dispatchId }) => asked.has(dispatchId)) || undefined;
      });
      fleet.letWorkersStart();
      const keys = [...launched, ...acknowledged, ...repeated];
      await expectEachOnce(keys);
      await expectLimitsKept(keys);
    });

    /** The ids of what was asked for, once all of it is in the tables. */
    async function durable(asked: readonly Submission[]): Promise<string[] | undefined> {
      const now = Math.floor(Date.now() / 1_000);
      const found = await Promise.all(
        asked.map(({ tenantId, idempotencyKey: key }) =>
          fleet.store.findByIdempotencyKey({ tenantId, key, now }),
        ),
      );
      const made = found.filter((each) => each !== undefined);
      return made.length === asked.length ? idsOf(made) : undefined;
    }
  });

  it('have made nothing that nobody asked for', async () => {
    const pages = await Promise.all(TENANTS.map((tenantId) => fleet.store.list({ tenantId, limit: 100 })));
    expect(idsOf(pages.flatMap(({ records }) => records))).toEqual(idsOf(all));
  });
});
