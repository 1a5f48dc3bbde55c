import type { DispatchRecord, DispatchSpec, RecordIn } from '@outpost/contracts';
import type { ControlPlatform, TaskRunner } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  TEST_AT,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLogger } from './audit-logger.js';
import { SecretInjector } from './secret-injector.js';
import { TaskLauncher, type GivenTask } from './task-launcher.js';

const WARM = { taskArn: 'task/warm', workerId: '00000000-0000-4000-8000-000000000001' };

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let launch: ReturnType<typeof vi.fn<TaskRunner['launch']>>;
let stop: ReturnType<typeof vi.fn<TaskRunner['stop']>>;
let take: ReturnType<typeof vi.fn<() => Promise<Required<GivenTask> | undefined>>>;
let launcher: TaskLauncher;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  launch = vi.fn<TaskRunner['launch']>(async ({ clientToken }) => ({ taskArn: `task/${clientToken}` }));
  stop = vi.fn<TaskRunner['stop']>(async () => undefined);
  take = vi.fn<() => Promise<Required<GivenTask> | undefined>>(async () => undefined);
  const logger = pino({ level: 'silent' });
  const audit = new AuditLogger({ store: platform.audit, clock: local.clock, logger });
  launcher = new TaskLauncher({
    tasks: { ...platform.tasks, launch, stop },
    pool: { take },
    dispatches: platform.dispatches,
    secrets: new SecretInjector({ secrets: platform.secrets, audit }),
    logger,
  });
});
afterEach(async () => local.cleanup());

async function pending(spec: Partial<DispatchSpec> = {}): Promise<RecordIn<'PENDING'>> {
  const result = await platform.dispatches.create(creation(spec));
  if (result.outcome !== 'created' || result.record.status !== 'PENDING') throw new Error('no slot');
  return result.record;
}

async function cancel(record: DispatchRecord): Promise<void> {
  const event = costEvent(record, 'CANCELLED');
  await platform.dispatches.move({ ...record, move: ending('CANCELLED'), event });
}

const claim = async (record: DispatchRecord, taskArn: string): Promise<void> =>
  void (await platform.dispatches.move({ ...record, move: { ...CLAIMED, taskArn } }));

const read = async (record: DispatchRecord): Promise<DispatchRecord> =>
  (await platform.dispatches.get(record))!;

/** Done while the task is being started. */
function meanwhile(run: (taskArn: string) => Promise<void>): void {
  launch.mockImplementation(async ({ clientToken }) => {
    const taskArn = `task/${clientToken}`;
    await run(taskArn);
    return { taskArn };
  });
}

describe('a launch', () => {
  it('starts a worker and notes its task', async () => {
    const record = await pending();
    await launcher.launch(record);
    const { dispatchId } = record;
    expect(launch).toHaveBeenCalledWith(expect.objectContaining({ clientToken: dispatchId }));
    expect(await read(record)).toMatchObject({ status: 'PENDING', taskArn: `task/${dispatchId}` });
    expect(await read(record)).not.toHaveProperty('workerId');
  });

  it('of a later attempt has a token of its own', async () => {
    const record = await pending();
    await launcher.launch({ ...record, attempt: 3 });
    expect(launch.mock.calls[0]![0].clientToken).toBe(`${record.dispatchId}-3`);
  });

  it('takes a warm worker where there is one, and notes it', async () => {
    const record = await pending();
    take.mockResolvedValue(WARM);
    await launcher.launch(record);
    expect(launch).not.toHaveBeenCalled();
    expect(await read(record)).toMatchObject({ status: 'PENDING', ...WARM });
  });

  it('notes a warm worker that was faster with its claim', async () => {
    const record = await pending();
    take.mockImplementation(async () => {
      await claim(record, WARM.taskArn);
      return WARM;
    });
    await launcher.launch(record);
    expect(await read(record)).toMatchObject({ status: 'RUNNING', ...WARM });
  });

  it('leaves a worker alone that was faster with its claim, or even with its end', async () => {
    const [running, ended] = [await pending(), await pending()];
    meanwhile((taskArn) => claim(running, taskArn));
    await launcher.launch(running);
    meanwhile(async (taskArn) => {
      await claim(ended, taskArn);
      const event = costEvent(ended);
      await platform.dispatches.move({ ...ended, move: ending('COMPLETED'), event });
    });
    await launcher.launch(ended);
    expect(stop).not.toHaveBeenCalled();
    expect((await read(running)).status).toBe('RUNNING');
  });

  it('does not fail when the dispatch is gone, or when it fails in the background', async () => {
    const record = await pending();
    launch.mockRejectedValue(new Error('no capacity'));
    launcher.launchSoon(record);
    await launcher.settled();
    expect(await read(record)).not.toHaveProperty('taskArn');
  });
});

describe('a worker that was started in vain is stopped', () => {
  it('when the dispatch was cancelled while it was being started', async () => {
    const record = await pending();
    meanwhile(() => cancel(record));
    await launcher.launch(record);
    expect(stop).toHaveBeenCalledWith({ taskArn: `task/${record.dispatchId}` });
  });

  it('when another task has the dispatch', async () => {
    const record = await pending();
    meanwhile(() => claim(record, 'task/other'));
    await launcher.launch(record);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await read(record)).toMatchObject({ status: 'RUNNING', taskArn: 'task/other' });
  });

  it('when another attempt is under way', async () => {
    const record = await pending();
    meanwhile(async () => {
      const attempts = [
        {
          attempt: 1,
          tier: record.tier,
          endedAt: TEST_AT,
          failure: { class: 'launch_failed', retryable: true, message: '', hint: '' },
        },
      ] as const;
      const move = { to: 'PENDING', pendingAt: TEST_AT, attempt: 2, attempts, tier: record.tier } as const;
      await platform.dispatches.move({ ...record, move });
    });
    await launcher.launch(record);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await read(record)).not.toHaveProperty('taskArn');
  });

  it('but not when it is a warm one: it finds out when it claims it, and stays', async () => {
    const record = await pending();
    take.mockImplementation(async () => {
      await cancel(record);
      return WARM;
    });
    await launcher.launch(record);
    expect(stop).not.toHaveBeenCalled();
    expect(await read(record)).not.toHaveProperty('workerId');
  });
});

describe('the worker of a cancelled dispatch', () => {
  it('is told when it was started for it', async () => {
    const record = await pending();
    await launcher.stopCancelled({ ...record, taskArn: 'task/1' });
    expect(stop).toHaveBeenCalledWith({ taskArn: 'task/1' });
  });

  it('is not told when there is none, or a warm one', async () => {
    const record = await pending();
    await launcher.stopCancelled(record);
    await launcher.stopCancelled({ ...record, ...WARM });
    expect(stop).not.toHaveBeenCalled();
  });
});
