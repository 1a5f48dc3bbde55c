import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import type { QueueHead } from '../ports/index.js';
import { chunksOf } from './batch-read.js';
import {
  lineKey,
  linePartition,
  linesPartition,
  waiterIdOf,
  workspacePartition,
  type ControlKey,
} from './control-keys.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { isNamed } from './errors.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

/** Places in a line are read so many at a time: as many as one unit of capacity pays for. */
const PLACES_PER_PAGE = 20;
/** Lines looked at together. */
const LINES_AT_ONCE = 25;

interface Line {
  readonly tenantId: string;
  readonly agent: AgentName;
}

/**
 * The first of each line that could go if the limits let it, oldest first. However long a line is, only its beginning
 * is read: up to the first one whose workspace is free.
 */
export async function queueHeads(context: DispatchContext): Promise<readonly QueueHead[]> {
  const lines = (await Promise.all(AGENT_NAMES.map((agent) => linesOf(context, agent)))).flat();
  const workspaces = new WorkspaceHeads(context);
  const heads: QueueHead[] = [];
  for (const together of chunksOf(LINES_AT_ONCE, lines)) {
    const found = await Promise.all(together.map((line) => headOf(context, line, workspaces)));
    heads.push(...found.filter((head) => head !== undefined));
  }
  return heads.toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1));
}

async function linesOf(context: DispatchContext, agent: AgentName): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const row of queryItems(context, { ...partition(linesPartition(agent)) })) {
    const line = { agent, tenantId: row['sk'] as string };
    if ((row['waiting'] as number) > 0) lines.push(line);
    else await removeEmptyLine(context, line);
  }
  return lines;
}

/** Nobody can tell in the transaction that takes the last one out: so it goes here, if it is empty still. */
async function removeEmptyLine({ dynamodb }: DispatchContext, line: Line): Promise<void> {
  const expression = new Expression();
  const ConditionExpression = expression.compare('waiting', '=', 0);
  const command = new DeleteCommand({
    TableName: TABLES.control.name,
    Key: lineKey(line),
    ConditionExpression,
    ...expression.attributes(),
  });
  try {
    await dynamodb.send(command);
  } catch (error) {
    // Somebody has joined it, or is about to.
    if (!isNamed(error, 'ConditionalCheckFailedException', 'TransactionConflictException')) throw error;
  }
}

async function headOf(
  context: DispatchContext,
  line: Line,
  workspaces: WorkspaceHeads,
): Promise<QueueHead | undefined> {
  const places = { ...partition(linePartition(line)), Limit: PLACES_PER_PAGE };
  for await (const { sk, workspaceId } of queryItems(context, places)) {
    const head = { tenantId: line.tenantId, dispatchId: sk as string, agent: line.agent };
    if (workspaceId === undefined) return head;
    const next = await workspaces.next({ tenantId: line.tenantId, workspaceId: workspaceId as string });
    if (next === head.dispatchId) return head;
  }
  return undefined;
}

/** Who may have a workspace next. Asked of each workspace once. */
class WorkspaceHeads {
  readonly #context: DispatchContext;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(context: DispatchContext) {
    this.#context = context;
  }

  /** The one that waited longest; none while the workspace is held. */
  next(workspace: { readonly tenantId: string; readonly workspaceId: string }): Promise<string | undefined> {
    const pk = workspacePartition(workspace);
    const next = this.#known.get(pk) ?? this.#read(pk);
    this.#known.set(pk, next);
    return next;
  }

  async #read(pk: string): Promise<string | undefined> {
    // The slot, then who waits.
    for await (const row of queryItems(this.#context, { ...partition(pk), Limit: 2 })) {
      if (row['holder'] !== undefined) return undefined;
      const waiterId = waiterIdOf(row as Item & ControlKey);
      if (waiterId !== undefined) return waiterId;
    }
    return undefined;
  }
}

function partition(pk: string) {
  const expression = new Expression();
  const KeyConditionExpression = expression.compare('pk', '=', pk);
  return {
    TableName: TABLES.control.name,
    KeyConditionExpression,
    ConsistentRead: true,
    ...expression.attributes(),
  };
}
