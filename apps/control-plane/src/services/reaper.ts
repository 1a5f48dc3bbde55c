import {
  costEventOf,
  failure,
  lifecycleEventOf,
  nextAttempt,
  type DispatchRecord,
  type Failure,
  type RecordIn,
  type Relaunch,
  type TerminalStatus,
} from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type DispatchStore,
  type TaskDescription,
  type TaskRunner,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { reap, type ReapDecision, type ReapPolicy } from '../domain/reap.js';
import { unreportedEnd } from '../domain/unreported-end.js';
import { attempt } from './attempt.js';
import type { EventPublisher } from './event-publisher.js';
import type { TaskLauncher } from './task-launcher.js';

/** A fleet that comes back from an outage has many to launch, and each launch takes its time. */
const AT_A_TIME = 10;

type SlotHolder = RecordIn<'PENDING'> | RecordIn<'RUNNING'>;

interface ReaperOptions {
  readonly dispatches: DispatchStore;
  readonly tasks: TaskRunner;
  readonly launcher: TaskLauncher;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly policy: ReapPolicy;
  readonly logger: Logger;
}

/** Launches what nobody launched, tries again what may be tried again, and ends what has no worker any more. */
export class Reaper {
  readonly #options: ReaperOptions;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Looks at every dispatch that holds a slot. */
  async reapAll(): Promise<void> {
    const { dispatches, tasks, logger } = this.#options;
    const listed = await dispatches.listByStatus({ statuses: ['PENDING', 'RUNNING'] });
    const records = listed.filter(isSlotHolder);
    const taskArns = records.map(({ taskArn }) => taskArn).filter((taskArn) => taskArn !== undefined);
    const described = taskArns.length === 0 ? [] : await tasks.describe({ taskArns });
    const byArn = new Map(described.map((task) => [task.taskArn, task]));
    const due = records.filter((record) => this.#decide(record, byArn).action !== 'none');
    for (let index = 0; index < due.length; index += AT_A_TIME) {
      const reaped = due
        .slice(index, index + AT_A_TIME)
        .map((record) => attempt(logger, `reap ${record.dispatchId}`, () => this.#reap(record, byArn)));
      await Promise.all(reaped);
    }
  }

  // The list may be behind. Read after the task was: a record that is not ended now was not when the task was.
  async #reap(listed: SlotHolder, tasks: ReadonlyMap<string, TaskDescription>): Promise<void> {
    const record = await this.#options.dispatches.get(listed);
    if (record === undefined || !isSlotHolder(record)) return;
    await this.#carryOut(record, this.#decide(record, tasks));
  }

  #decide(record: SlotHolder, tasks: ReadonlyMap<string, TaskDescription>): ReapDecision {
    const { clock, policy } = this.#options;
    const task = record.taskArn === undefined ? undefined : tasks.get(record.taskArn);
    // Started since the tasks were looked at: the next round knows it.
    if (record.taskArn !== undefined && task === undefined) return { action: 'none' };
    return reap(record, task, clock.now(), policy);
  }

  async #carryOut(record: SlotHolder, decision: ReapDecision): Promise<void> {
    switch (decision.action) {
      case 'none':
        return;
      case 'launch':
        if (record.status === 'PENDING') await this.#options.launcher.launch(record);
        return;
      case 'stop':
        return this.#stopTask(record);
      case 'cancelled': {
        if (decision.stopsTask) await this.#stopTask(record);
        const worker = decision.stopsTask ? 'did not end' : 'ended without a report';
        const why = failure('cancelled', `Cancelled; the worker ${worker}.`);
        return this.#end(record, 'CANCELLED', why);
      }
      case 'timeout': {
        await this.#stopTask(record);
        const message = `It ran past its ${record.timeoutSeconds} s and its worker did not end.`;
        return this.#end(record, 'TIMEOUT', failure('timed_out', message));
      }
      case 'fail':
        if (decision.stopsTask) await this.#stopTask(record);
        return this.#fail(record, failure(decision.failureClass, decision.message));
    }
  }

  async #stopTask({ taskArn }: SlotHolder): Promise<void> {
    if (taskArn !== undefined) await this.#options.launcher.stop({ taskArn });
  }

  async #fail(record: SlotHolder, why: Failure): Promise<void> {
    const next = nextAttempt(record, why, timestamp(this.#options.clock));
    await (next === undefined ? this.#end(record, 'FAILED', why) : this.#tryAgain(record, why, next));
  }

  /** The launch follows after the pause of that attempt. */
  async #tryAgain(record: SlotHolder, why: Failure, move: Relaunch): Promise<void> {
    const { dispatches, logger } = this.#options;
    const { tenantId, dispatchId, status, attempt: number } = record;
    const fence = { attempt: number };
    const result = await dispatches.move({ tenantId, dispatchId, move, during: [status], fence });
    if (result.outcome !== 'moved') return;
    const { attempt: next, tier } = move;
    logger.warn(
      { tenantId, dispatchId, attempt: next, tier, failure: why },
      'attempt failed; there is another',
    );
  }

  async #end(record: SlotHolder, to: TerminalStatus, why: Failure): Promise<void> {
    const { dispatches, publisher, logger, clock } = this.#options;
    const { tenantId, dispatchId, status, attempt: number } = record;
    const move = { to, ...unreportedEnd(record, why, timestamp(clock)) };
    const event = costEventOf(record, move);
    const fence = { attempt: number };
    const result = await dispatches.move({ tenantId, dispatchId, move, during: [status], fence, event });
    if (result.outcome !== 'moved') return;
    logger.warn({ tenantId, dispatchId, to, failure: why }, 'reaped');
    await publisher.publish(lifecycleEventOf(result.record), event);
  }
}

function isSlotHolder(record: DispatchRecord): record is SlotHolder {
  return record.status === 'PENDING' || record.status === 'RUNNING';
}
