import { ErrorBodySchema, LifecycleEventSchema } from '@outpost/contracts';
import { temporaryDirectory } from '@outpost/test-support';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bareEnvironment, runCli } from '../cli/run-cli.js';
import { unknownIn } from './known-commands.js';

/** Throws when an example is not what it shows. */
type Check = (example: unknown) => unknown;

export interface Examples {
  readonly document: string;
  readonly language: 'json';
  /** One for each block, in their order. */
  readonly checks: readonly Check[];
}

const is =
  (schema: z.ZodType): Check =>
  (example) =>
    schema.parse(example);

const McpServersSchema = z.strictObject({
  mcpServers: z.strictObject({
    outpost: z.strictObject({ command: z.literal('outpost'), args: z.array(z.string()) }),
  }),
});

/** Examples that are data, with what each has to be. */
export const EXAMPLES: readonly Examples[] = [
  { document: 'README.md', language: 'json', checks: [isSecretsFile] },
  { document: 'docs/api.md', language: 'json', checks: [is(ErrorBodySchema)] },
  { document: 'docs/webhooks.md', language: 'json', checks: [is(LifecycleEventSchema)] },
  { document: 'docs/mcp.md', language: 'json', checks: [isMcpServer] },
];

/** The command line reads the file as the control plane does. */
async function isSecretsFile(example: unknown): Promise<void> {
  const OUTPOST_DATA_DIR = await temporaryDirectory();
  await writeFile(join(OUTPOST_DATA_DIR, 'secrets.json'), JSON.stringify(example), { mode: 0o600 });
  const { stdout, stderr } = await runCli(['doctor', '--json'], {
    env: { ...(await bareEnvironment()), OUTPOST_DATA_DIR },
  });
  if (stdout === '') throw new Error(stderr);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] };
  const keys = checks.filter(({ name, ok }) => name.endsWith(' key') && ok).map(({ name }) => name);
  if (keys.join() !== 'codex key') throw new Error(`the keys that are found: ${keys.join() || 'none'}`);
}

function isMcpServer(example: unknown): void {
  const { command, args } = McpServersSchema.parse(example).mcpServers.outpost;
  const unknown = unknownIn([command, ...args]);
  if (unknown.length > 0) throw new Error(unknown.join('; '));
}
