import { ResourceTemplate, type McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ErrorCode, McpError, type ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';
import type { OutpostClient } from '@outpost/client';
import { ARTIFACTS, DispatchIdSchema, LIMITS } from '@outpost/contracts';
import { messageOf } from './tool.js';

/** What is longer is not for the context of a model. */
const MAX_CHARACTERS = 500_000;

type Read = (client: OutpostClient, dispatchId: string, signal: AbortSignal) => Promise<string>;

const RESOURCES: readonly {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly read: Read;
}[] = [
  {
    name: 'log',
    title: 'Log of a dispatch',
    description: `The last ${LIMITS.recentLogMaxLines} lines of what the agent and its worker said.`,
    mimeType: 'text/plain',
    read: async (client, dispatchId, signal) => {
      const { logs = [] } = await client.dispatches.get(dispatchId, {
        logs: LIMITS.recentLogMaxLines,
        signal,
      });
      return logs.map(({ at, kind, text }) => `${at} ${kind} ${text}\n`).join('');
    },
  },
  {
    name: 'patch',
    title: 'Patch of a dispatch',
    description: 'What the agent changed against the base commit: for `git apply`.',
    mimeType: ARTIFACTS['changes.patch'].split(';')[0]!,
    read: async (client, dispatchId, signal) => {
      const { artifacts } = await client.artifacts.list(dispatchId, { signal });
      const patch = artifacts.find(({ name }) => name === 'changes.patch');
      if (patch === undefined) throw invalid(`Dispatch ${dispatchId} has no patch (yet).`);
      return (await client.artifacts.download(patch, { signal })).text();
    },
  },
];

/** `outpost://dispatch/{dispatchId}/log` and `…/patch`. */
export function addResources(server: McpServer, client: OutpostClient): void {
  for (const { name, title, description, mimeType, read } of RESOURCES) {
    const template = new ResourceTemplate(`outpost://dispatch/{dispatchId}/${name}`, { list: undefined });
    server.registerResource(
      name,
      template,
      { title, description, mimeType },
      async (uri, { dispatchId }, { signal }): Promise<ReadResourceResult> => {
        const id = DispatchIdSchema.safeParse(dispatchId);
        if (!id.success) throw invalid(id.error.issues[0]!.message);
        const text = cut(await translating(() => read(client, id.data, signal)));
        return { contents: [{ uri: uri.href, mimeType, text }] };
      },
    );
  }
}

async function translating(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof McpError) throw error;
    throw invalid(messageOf(error));
  }
}

function invalid(message: string): McpError {
  return new McpError(ErrorCode.InvalidParams, message);
}

function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  const shown = text.slice(0, MAX_CHARACTERS).toWellFormed();
  return `${shown}\n… cut: ${MAX_CHARACTERS} of ${text.length} characters. outpost_get_artifacts has a URL for all of it.\n`;
}
