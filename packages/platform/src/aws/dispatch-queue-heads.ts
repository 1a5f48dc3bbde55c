import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import type { QueueHead } from '../ports/index.js';
import { chunksOf } from './batch-read.js';
import { lineKey, linePartition, linesPartition, workspaceSlotKey } from './control-keys.js';
import { partition } from './control-partition.js';
import type { DispatchContext } from './dispatch-context.js';
import { isNamed } from './errors.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import { readWorkspaceSlot } from './workspace-line.js';

/** Places in a line are read at least so many at a time: as many as one unit of capacity pays for. */
const PLACES_PER_PAGE = 20;
/** Lines looked at together. */
const LINES_AT_ONCE = 25;

interface Line {
  readonly tenantId: string;
  readonly agent: AgentName;
}

/**
 * The first `perLine` of each line that could go if the limits let them, oldest first. However long a line is, only its
 * beginning is read: in front of those are at most as many as there are workspaces that the tenant holds.
 */
export async function queueHeads(
  context: DispatchContext,
  { perLine }: { readonly perLine: number },
): Promise<readonly QueueHead[]> {
  const lines = (await Promise.all(AGENT_NAMES.map((agent) => linesOf(context, agent)))).flat();
  const workspaces = new Workspaces(context);
  const heads: QueueHead[] = [];
  for (const together of chunksOf(LINES_AT_ONCE, lines)) {
    const found = await Promise.all(together.map((line) => headsOf(context, line, { perLine, workspaces })));
    heads.push(...found.flat());
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

async function headsOf(
  context: DispatchContext,
  line: Line,
  { perLine, workspaces }: { readonly perLine: number; readonly workspaces: Workspaces },
): Promise<readonly QueueHead[]> {
  const { tenantId, agent } = line;
  const heads: QueueHead[] = [];
  const places = { ...partition(linePartition(line)), Limit: Math.max(PLACES_PER_PAGE, perLine) };
  for await (const { sk, workspaceId } of queryItems(context, places)) {
    if (
      workspaceId !== undefined &&
      !(await workspaces.isFree({ tenantId, workspaceId: workspaceId as string }))
    )
      continue;
    if (heads.push({ tenantId, dispatchId: sk as string, agent }) === perLine) break;
  }
  return heads;
}

interface Workspace {
  readonly tenantId: string;
  readonly workspaceId: string;
}

/** Persistent workspaces, each of which is asked for once. */
class Workspaces {
  readonly #context: DispatchContext;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(context: DispatchContext) {
    this.#context = context;
  }

  isFree(workspace: Workspace): Promise<boolean> {
    const { pk } = workspaceSlotKey(workspace);
    const isFree = this.#known.get(pk) ?? this.#read(workspace);
    this.#known.set(pk, isFree);
    return isFree;
  }

  async #read(workspace: Workspace): Promise<boolean> {
    const { heldBy } = await readWorkspaceSlot(this.#context, workspace);
    return heldBy === undefined;
  }
}
