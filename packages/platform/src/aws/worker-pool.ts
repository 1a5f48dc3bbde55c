import type { ECSClient } from '@aws-sdk/client-ecs';
import { DeleteCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { timestamp, type Clock, type WorkerPool, type WorkerRecord } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { workerKey, WORKERS_PARTITION } from './control-keys.js';
import { partition } from './control-partition.js';
import { createEcsTasks } from './ecs-tasks.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { launchError } from './task-launch-error.js';
import { taskFamily } from './task-names.js';
import type { AwsTaskOptions } from './task-runner.js';
import { moveWorker, recordOfRow, rowOf } from './worker-rows.js';

const TableName = TABLES.control.name;
/** Tells warm workers from the tasks that are started for one dispatch. */
const STARTED_BY = 'outpost-pool';

export interface AwsWorkerPoolOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly ecs: ECSClient;
  readonly clock: Clock;
  readonly options: AwsTaskOptions;
}

type StartParams = Parameters<WorkerPool['start']>[0];

/**
 * A warm worker is a Fargate task that looks at its own row in outpost-control: the row is what it is to do. It reads
 * secrets with the fleet's role, so that a tenant with a role of its own gets none of these workers.
 */
export function createAwsWorkerPool({ dynamodb, ecs, clock, options }: AwsWorkerPoolOptions): WorkerPool {
  const tasks = createEcsTasks(ecs, options);

  const remove = async (workerId: string): Promise<void> => {
    await dynamodb.send(new DeleteCommand({ TableName, Key: workerKey(workerId) }));
  };

  const run = ({ workerId, agent, tier }: StartParams): Promise<string> =>
    tasks.run({
      taskDefinition: taskFamily({ agent, tier }),
      clientToken: workerId,
      startedBy: STARTED_BY,
      environment: { OUTPOST_WORKER_ID: workerId },
      tags: { workerId, agent },
    });

  return {
    async start(params) {
      const { workerId } = params;
      await putStarting(dynamodb, clock, params);
      try {
        const taskArn = await run(params);
        await moveWorker(dynamodb, {
          workerId,
          change: { set: { taskArn } },
          when: (expression) => [expression.compare('sk', '=', workerId)],
        });
      } catch (error) {
        // A task that was started all the same finds no row, and ends.
        await remove(workerId).catch(() => undefined);
        throw launchError(error, taskFamily(params));
      }
    },
    async list() {
      const workers: WorkerRecord[] = [];
      for await (const item of queryItems({ dynamodb }, partition(WORKERS_PARTITION)))
        workers.push(recordOfRow(rowOf(item)));
      return workers;
    },
    async assign({ workerId, tenantId, dispatchId }) {
      if (options.taskRoleArnOf?.(tenantId) !== undefined) return false;
      const assignmentId = randomUUID();
      const changedAt = timestamp(clock);
      const { isMoved, row } = await moveWorker(dynamodb, {
        workerId,
        change: { set: { state: 'BUSY', changedAt, tenantId, dispatchId, assignmentId } },
        when: (expression) => [
          expression.compare('state', '=', 'IDLE'),
          `(${expression.isAbsent('tenantId')} OR ${expression.compare('tenantId', '=', tenantId)})`,
          // The SDK repeats a write whose answer was lost: the worker may have come back from it meanwhile.
          `(${expression.isAbsent('assignmentId')} OR ${expression.compare('assignmentId', '<>', assignmentId)})`,
        ],
      });
      return isMoved || row?.assignmentId === assignmentId;
    },
    async retire({ workerId }) {
      const { isMoved, row } = await moveWorker(dynamodb, {
        workerId,
        change: { set: { state: 'STOPPING', changedAt: timestamp(clock) } },
        when: (expression) => [expression.isOneOf('state', ['STARTING', 'IDLE'])],
      });
      if (!isMoved && row?.state !== 'STOPPING') return false;
      // An idle one looks at its row soon. One that starts may be a while from that.
      if (row?.state !== 'IDLE' && row?.taskArn !== undefined) await tasks.stop(row.taskArn);
      return true;
    },
    remove: ({ workerId }) => remove(workerId),
  };
}

/** One that is there has been started before: RunTask knows it by its token. */
async function putStarting(
  dynamodb: DynamoDBDocumentClient,
  clock: Clock,
  { workerId, agent, tier }: StartParams,
): Promise<void> {
  const expression = new Expression();
  const ConditionExpression = expression.isAbsent('sk');
  const Item = { ...workerKey(workerId), agent, tier, state: 'STARTING', changedAt: timestamp(clock) };
  await isWritten(
    dynamodb.send(new PutCommand({ TableName, Item, ConditionExpression, ...expression.attributes() })),
  );
}
