import { AGENT_NAMES, DISPATCH_STATUSES, type Dispatch } from '@outpost/contracts';
import { Option, type Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { changesOf, coloured, costOf, tookOf } from '../dispatch/describe.js';
import { lineWidth, tableOr } from '../terminal/output.js';
import { cut, plain } from '../terminal/plain.js';
import type { Column } from '../terminal/table.js';
import { ago } from '../terminal/units.js';

interface RunsOptions {
  readonly status?: Dispatch['status'];
  readonly agent?: Dispatch['agent'];
  readonly repo?: string;
  readonly user?: string;
  readonly since?: string;
  readonly limit: string;
  readonly cursor?: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'dispatch' },
  { title: 'agent' },
  { title: 'status' },
  { title: 'created', align: 'right' },
  { title: 'took', align: 'right' },
  { title: 'changes' },
  { title: 'cost', align: 'right' },
  { title: 'task' },
];
const TASK_MIN_CHARACTERS = 20;

/** `outpost runs`. */
export function runsCommand(): Command {
  return apiCommand('runs', 'list dispatches, newest first')
    .addOption(new Option('-s, --status <status>', 'with this status').choices(DISPATCH_STATUSES))
    .addOption(new Option('-a, --agent <name>', 'of this agent').choices(AGENT_NAMES))
    .option('-r, --repo <url>', 'of this repository')
    .option('--user <id>', 'on behalf of this user')
    .option('--since <time>', 'created since then, e.g. 2026-11-23T12:00:00Z')
    .option('-n, --limit <count>', 'how many', '20')
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(withApi(runs));
}

async function runs({ client, config, output, signal }: Api, options: RunsOptions): Promise<void> {
  const { user: userId, limit, status, agent, repo, since, cursor } = options;
  const query = { status, agent, repo, userId, since, cursor, limit: Number(limit) };
  const page = await client.dispatches.list(query, { signal });
  output.result(page, () => runsTable(page.runs));
  if (page.nextCursor !== undefined && !output.isJson) {
    output.note(`\nMore: ${config.invocation} runs --cursor ${page.nextCursor}`);
  }
}

function runsTable(dispatches: readonly Dispatch[]): string {
  const now = Date.now();
  const rows = dispatches.map((each) => [
    each.dispatchId,
    each.agent,
    each.status,
    ago(each.createdAt, now),
    tookOf(each) ?? '',
    changesOf(each) ?? '',
    costOf(each) ?? '',
    '',
  ]);
  const width = tableOr(COLUMNS, rows, '').split('\n')[0]!.length;
  const room = Math.max(TASK_MIN_CHARACTERS, lineWidth() - width + 'task'.length);
  const withTasks = rows.map((row, index) => [
    ...row.slice(0, -1),
    cut(plain(dispatches[index]!.task), room),
  ]);
  return withColour(tableOr(COLUMNS, withTasks, 'No dispatches.'), dispatches);
}

/** After the table is laid out: styles have no width, but a length. */
function withColour(table: string, dispatches: readonly Dispatch[]): string {
  const [header, rule, ...lines] = table.split('\n');
  const coloredLines = lines.map((line, index) => {
    const status = dispatches[index]!.status;
    return line.replace(status, coloured(status));
  });
  return [header, rule, ...coloredLines].filter((line) => line !== undefined).join('\n');
}
