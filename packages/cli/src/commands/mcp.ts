import { OutpostClient } from '@outpost/client';
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { findConnection } from '../api/connection.js';
import { readConfig } from '../config.js';
import { untilInterrupted } from '../interrupt.js';

/** `outpost mcp`: stdout belongs to the protocol. */
export function mcpCommand(): Command {
  return new Command('mcp')
    .description('serve the Model Context Protocol on stdin and stdout, for Claude Code and others')
    .option('--profile <name>', 'the control plane and key kept under this name')
    .action(async ({ profile }: { readonly profile?: string }) => {
      const { url: baseUrl, apiKey } = await findConnection(readConfig(), profile);
      const { serveMcpStdio } = await import('@outpost/mcp');
      const client = new OutpostClient({ baseUrl, apiKey });
      await untilInterrupted((signal) => serveMcpStdio({ client, version: VERSION, signal }));
    });
}

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };
