import type { DispatchKey, WorkerRecord, WorkerState } from '../ports/index.js';
import type { Database } from './database.js';

interface WorkerRow extends Omit<WorkerRecord, 'taskArn' | 'tenantId' | 'dispatchId'> {
  readonly state: WorkerState;
  readonly taskArn: string | null;
  readonly tenantId: string | null;
  readonly dispatchId: string | null;
}

/** When: ISO 8601. */
interface WorkerMove {
  readonly workerId: string;
  readonly at: string;
}

/** The warm workers in the database. Every move is one conditional write; false: it was not possible any more. */
export interface WorkerTable {
  add(worker: Pick<WorkerRecord, 'workerId' | 'agent' | 'tier'> & { readonly at: string }): void;
  noteTask(workerId: string, taskArn: string): void;
  /** The worker waits. Not possible for one that was retired or forgotten. */
  moveToIdle(move: WorkerMove): boolean;
  moveToBusy(move: WorkerMove & DispatchKey): boolean;
  /** Possible again and again; not while it is busy, unless it is the worker itself that ends. */
  moveToStopping(move: WorkerMove & { readonly evenIfBusy: boolean }): boolean;
  isBusyWith(workerId: string, key: DispatchKey): boolean;
  list(): readonly WorkerRecord[];
  /** With its task, if that has ended. */
  remove(workerId: string): void;
}

export function createWorkerTable(database: Database): WorkerTable {
  const change = (sql: string, ...values: readonly string[]): boolean =>
    database.transaction(() => database.run(sql, ...values)) === 1;
  return {
    add: ({ workerId, agent, tier, at }) => {
      const sql =
        "INSERT INTO workers (workerId, agent, tier, state, changedAt) VALUES (?, ?, ?, 'STARTING', ?)";
      change(sql, workerId, agent, tier, at);
    },
    noteTask: (workerId, taskArn) => {
      change('UPDATE workers SET taskArn = ? WHERE workerId = ?', taskArn, workerId);
    },
    moveToIdle: ({ workerId, at }) =>
      change(
        `UPDATE workers SET state = 'IDLE', changedAt = ?, dispatchId = NULL
         WHERE workerId = ? AND state IN ('STARTING', 'BUSY')`,
        at,
        workerId,
      ),
    moveToBusy: ({ workerId, tenantId, dispatchId, at }) =>
      database.transaction(() => {
        const moved = database.run(
          `UPDATE workers SET state = 'BUSY', changedAt = ?, tenantId = ?, dispatchId = ?
           WHERE workerId = ? AND state = 'IDLE' AND (tenantId IS NULL OR tenantId = ?)`,
          at,
          tenantId,
          dispatchId,
          workerId,
          tenantId,
        );
        if (moved === 0) return false;
        // So that what the agent leaves behind is found, should the worker die.
        const sql = 'UPDATE tasks SET tenantId = ?, dispatchId = ? WHERE workerId = ?';
        database.run(sql, tenantId, dispatchId, workerId);
        return true;
      }),
    moveToStopping: ({ workerId, at, evenIfBusy }) =>
      change(
        `UPDATE workers SET state = 'STOPPING', dispatchId = NULL, changedAt = iif(state = 'STOPPING', changedAt, ?)
         WHERE workerId = ? ${evenIfBusy ? '' : "AND state <> 'BUSY'"}`,
        at,
        workerId,
      ),
    isBusyWith: (workerId, { tenantId, dispatchId }) =>
      database.one(
        "SELECT 1 FROM workers WHERE workerId = ? AND state = 'BUSY' AND tenantId = ? AND dispatchId = ?",
        workerId,
        tenantId,
        dispatchId,
      ) !== undefined,
    list: () => database.all<WorkerRow>('SELECT * FROM workers ORDER BY workerId').map(recordOf),
    remove: (workerId) => {
      database.transaction(() => {
        database.run('DELETE FROM workers WHERE workerId = ?', workerId);
        database.run("DELETE FROM tasks WHERE workerId = ? AND state = 'STOPPED'", workerId);
      });
    },
  };
}

function recordOf({ workerId, agent, tier, state, changedAt, ...rest }: WorkerRow): WorkerRecord {
  const { taskArn, tenantId, dispatchId } = rest;
  return {
    workerId,
    agent,
    tier,
    state,
    changedAt,
    ...(taskArn !== null && { taskArn }),
    ...(tenantId !== null && { tenantId }),
    ...(dispatchId !== null && { dispatchId }),
  };
}
