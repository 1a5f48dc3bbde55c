import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { OutpostError } from '@outpost/contracts';
import {
  timestamp,
  type Assignment,
  type Assignments,
  type Clock,
  type SecretStore,
  type WorkerState,
} from '../ports/index.js';
import { pauseFor, type Pause } from './pause.js';
import { moveWorker, readWorker, type WorkerMoveResult, type WorkerRow } from './worker-rows.js';

const POLL_MS = 500;
/** For saying that it goes: ECS gives it 30 s for all that it has to do before its end. */
const LEAVE_TIMEOUT_MS = 2_000;

export interface AwsAssignmentsOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly workerId: string;
  /** With the rights of the worker's role. */
  readonly secrets: SecretStore;
  readonly pause?: Pause;
}

/**
 * What a warm worker finds in its own row, which it looks at every half second. An outage is waited out: what was
 * assigned meanwhile is still there afterwards.
 */
export function createAwsAssignments(options: AwsAssignmentsOptions): Assignments {
  const { dynamodb, clock, workerId, secrets, pause = pauseFor } = options;
  /** Of the assignment that was answered last. */
  let lastId: string | undefined;

  const move = (
    state: WorkerState,
    from: readonly WorkerState[],
    abortSignal: AbortSignal,
  ): Promise<WorkerMoveResult> => {
    const change = { set: { state, changedAt: timestamp(clock) }, remove: ['dispatchId'] };
    // Not what was assigned after: the SDK repeats a write whose answer was lost.
    return moveWorker(
      dynamodb,
      {
        workerId,
        change,
        when: (expression) => [expression.isOneOf('state', from), expression.isStill('assignmentId', lastId)],
      },
      { abortSignal },
    );
  };
  const sayIdle = async (signal: AbortSignal): Promise<WorkerRow | undefined> => {
    const { isMoved, row } = await move('IDLE', ['STARTING', 'BUSY'], signal);
    return isMoved && row !== undefined ? { ...row, state: 'IDLE' } : row;
  };
  const look = (abortSignal: AbortSignal): Promise<WorkerRow | undefined> =>
    readWorker(dynamodb, { workerId, abortSignal });
  // Best effort: whoever assigns to a worker that is gone finds out by its task.
  const leave = async (): Promise<void> => {
    const signal = AbortSignal.timeout(LEAVE_TIMEOUT_MS);
    await move('STOPPING', ['STARTING', 'IDLE', 'BUSY'], signal).catch(() => undefined);
  };
  const take = ({ state, tenantId, dispatchId, assignmentId }: WorkerRow): Assignment | undefined => {
    if (state !== 'BUSY' || assignmentId === lastId) return undefined;
    if (tenantId === undefined || dispatchId === undefined) return undefined;
    lastId = assignmentId;
    return { tenantId, dispatchId, secrets };
  };

  return {
    async next({ signal }) {
      for (let step = sayIdle; !signal.aborted;) {
        const answer = await unlessDown(step(signal));
        if (answer.isKnown) {
          const { row } = answer;
          if (row === undefined || row.state === 'STOPPING') return undefined;
          const assignment = take(row);
          if (assignment !== undefined) return assignment;
          step = look;
        }
        await pause(POLL_MS, signal).catch(() => undefined);
      }
      await leave();
      return undefined;
    },
  };
}

type Answer = { readonly isKnown: true; readonly row: WorkerRow | undefined } | { readonly isKnown: false };

async function unlessDown(asking: Promise<WorkerRow | undefined>): Promise<Answer> {
  try {
    return { isKnown: true, row: await asking };
  } catch (error) {
    if (error instanceof OutpostError && error.code === 'SERVICE_UNAVAILABLE') return { isKnown: false };
    throw error;
  }
}
