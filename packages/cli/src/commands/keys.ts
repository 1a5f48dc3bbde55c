import { SCOPES, type ApiKey, type Scope } from '@outpost/contracts';
import type { CreatedApiKey } from '@outpost/client';
import { Command, Option } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { facts, tableOr } from '../terminal/output.js';
import { plain } from '../terminal/plain.js';
import { ago } from '../terminal/units.js';

const COLUMNS = ['id', 'name', 'key', 'scopes', 'status', 'expires', 'used', 'requests'].map((title) => ({
  title,
}));

/** `outpost keys`. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('the API keys of the tenant')
    .addCommand(listCommand())
    .addCommand(createCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

function listCommand(): Command {
  return apiCommand('list', 'all of them; never their values').action(
    withApi(async ({ client, output, signal }) => {
      const apiKeys = await client.apiKeys.list({ signal });
      output.result({ apiKeys }, () => tableOr(COLUMNS, apiKeys.map(rowOf), 'No keys.'));
    }),
  );
}

function createCommand(): Command {
  return apiCommand('create', 'make a key; its value is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('-s, --scope <scope...>', 'what it may do').choices(SCOPES).makeOptionMandatory())
    .option('--expires <days>', 'the days after which it is refused (default: never)')
    .action(
      withApi(async ({ client, output, signal }, options: CreateOptions, name) => {
        const { scope: scopes, expires } = options;
        const input = {
          name,
          scopes,
          ...(expires !== undefined && { expiresInDays: Number(expires) }),
        };
        const key = await client.apiKeys.create(input, { signal });
        output.result(key, () => describeNew(key));
      }),
    );
}

interface CreateOptions {
  readonly scope: readonly Scope[];
  readonly expires?: string;
}

function rotateCommand(): Command {
  return apiCommand('rotate', 'make a key in place of one, which works on for a while')
    .argument('<id>', 'the id of the key')
    .option('--overlap <seconds>', 'how long the old one still works (default: a day)')
    .action(
      withApi(async ({ client, output, signal }, options: { readonly overlap?: string }, id) => {
        const { overlap } = options;
        const input = overlap === undefined ? {} : { overlapSeconds: Number(overlap) };
        const key = await client.apiKeys.rotate(id, input, { signal });
        output.result(key, () => describeNew(key));
      }),
    );
}

function revokeCommand(): Command {
  return apiCommand('revoke', 'revoke a key, everywhere within seconds')
    .argument('<id>', 'the id of the key')
    .action(
      withApi(async ({ client, output, signal }, _options, id) => {
        const key = await client.apiKeys.revoke(id, { signal });
        output.result(key, () => `Revoked ${key.apiKeyId} (${plain(key.name)}).`);
      }),
    );
}

function describeNew(key: CreatedApiKey): string {
  const lines = facts([
    ['key', key.key],
    ['id', key.apiKeyId],
    ['name', plain(key.name)],
    ['scopes', key.scopes.join(', ')],
    ['expires', key.expiresAt ?? 'never'],
  ]);
  return `${lines}\n\nKeep the key now: it is not shown again.`;
}

function rowOf(key: ApiKey): readonly string[] {
  return [
    key.apiKeyId,
    plain(key.name),
    `${key.keyPrefix}…`,
    key.scopes.join(','),
    key.status,
    key.expiresAt ?? 'never',
    key.lastUsedAt === undefined ? 'never' : ago(key.lastUsedAt, Date.now()),
    String(key.usageCount),
  ];
}
