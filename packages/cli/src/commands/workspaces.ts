import type { Workspace } from '@outpost/contracts';
import { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { wholeNumber } from '../dispatch/values.js';
import { facts, tableOr } from '../terminal/output.js';
import { plain } from '../terminal/plain.js';
import type { Column } from '../terminal/table.js';
import { ago, bytes } from '../terminal/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'workspace' },
  { title: 'repo' },
  { title: 'size', align: 'right' },
  { title: 'used', align: 'right' },
  { title: 'by' },
  { title: 'expires' },
];

/** `outpost workspaces`. */
export function workspacesCommand(): Command {
  return new Command('workspaces')
    .description('workspaces that were kept, to go on in')
    .addCommand(
      apiCommand('list', 'newest use first')
        .option('-n, --limit <count>', 'how many (default: 20)', wholeNumber)
        .option('--cursor <cursor>', 'go on where a page ended')
        .action(withApi(list)),
    )
    .addCommand(
      apiCommand('show', 'its size, its last dispatch, and who has it')
        .argument('<id>', 'the id of the workspace')
        .action(
          withApi(async ({ client, output, signal }, _options, id) => {
            const workspace = await client.workspaces.get(id, { signal });
            output.result(workspace, () => describe(workspace));
          }),
        ),
    )
    .addCommand(
      apiCommand('delete', 'delete one with its data, unless a dispatch has it')
        .argument('<id>', 'the id of the workspace')
        .action(
          withApi(async ({ client, output, signal }, _options, id) => {
            const deleted = await client.workspaces.delete(id, { signal });
            output.result(deleted, () => `Deleted ${deleted.workspaceId}.`);
          }),
        ),
    );
}

async function list(
  { client, config, output, signal }: Api,
  options: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const { limit, cursor } = options;
  const page = await client.workspaces.list({ limit, cursor, signal });
  output.result(page, () => tableOr(COLUMNS, page.workspaces.map(rowOf), 'No workspaces.'));
  if (page.nextCursor !== undefined && !output.isJson) {
    output.note(`\nMore: ${config.invocation} workspaces list --cursor ${page.nextCursor}`);
  }
}

function rowOf(workspace: Workspace): readonly string[] {
  const { usage, heldBy } = workspace;
  return [
    workspace.workspaceId,
    plain(workspace.repo ?? ''),
    usage === undefined ? '' : bytes(usage.sizeBytes),
    ago(workspace.lastUsedAt, Date.now()),
    heldBy ?? (workspace.inUse ? 'waiting' : ''),
    workspace.expiresAt,
  ];
}

function describe(workspace: Workspace): string {
  const { usage, lastDispatch, repo, branch, waiting } = workspace;
  return facts([
    ['workspace', workspace.workspaceId],
    ['repo', repo && plain(repo)],
    ['branch', branch && plain(branch)],
    ['size', usage && `${bytes(usage.sizeBytes)} of ${bytes(workspace.quotaBytes)}, ${usage.files} files`],
    ['held by', workspace.heldBy],
    ['waiting', waiting === 0 ? undefined : String(waiting)],
    ['last', lastDispatch && `${lastDispatch.dispatchId} ${lastDispatch.agent} ${lastDispatch.status}`],
    ['created', workspace.createdAt],
    ['last used', workspace.lastUsedAt],
    ['expires', workspace.expiresAt],
  ]);
}
