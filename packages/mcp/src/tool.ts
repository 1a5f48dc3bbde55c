import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js';
import { OutpostApiError, OutpostError, type OutpostClient } from '@outpost/client';
import { z } from 'zod';
import { progressReporter, type ReportProgress } from './progress.js';

/** What a tool is given besides its input. */
export interface ToolContext {
  /** With the rights of the caller, and no others. */
  readonly client: OutpostClient;
  /** Aborted when the caller no longer waits for the answer. */
  readonly signal: AbortSignal;
  /** Tells the caller how it goes, if they asked to be told. */
  readonly report: ReportProgress;
}

export interface ToolDefinition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  readonly name: `outpost_${string}`;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  readonly call: (
    input: z.output<z.ZodObject<Input>>,
    context: ToolContext,
  ) => Promise<z.output<z.ZodObject<Output>>>;
}

/** A tool, ready to be put on a server that acts for one caller. */
export type Tool = (server: McpServer, client: OutpostClient) => void;

/** A field that is not known is refused, never dropped; what a newer Outpost answers besides is passed on. */
export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  tool: ToolDefinition<Input, Output>,
): Tool {
  const inputSchema = z.strictObject(tool.input);
  const outputSchema = z.looseObject(tool.output);
  return (server, client) => {
    const { title, description, annotations } = tool;
    server.registerTool(
      tool.name,
      { title, description, inputSchema, outputSchema, annotations },
      async (input: unknown, extra: RequestHandlerExtra<ServerRequest, ServerNotification>) =>
        resultOf(() =>
          tool.call(input as z.output<z.ZodObject<Input>>, {
            client,
            signal: extra.signal,
            report: progressReporter(extra),
          }),
        ),
    );
  };
}

async function resultOf(work: () => Promise<object>): Promise<CallToolResult> {
  try {
    const answer = await work();
    // Clients that do not read structured content read the same as text.
    return {
      structuredContent: answer as Record<string, unknown>,
      content: [{ type: 'text', text: JSON.stringify(answer) }],
    };
  } catch (error) {
    return { isError: true, content: [{ type: 'text', text: messageOf(error) }] };
  }
}

/** What went wrong, for a model that is to do something about it. Faults of ours are thrown on. */
export function messageOf(error: unknown): string {
  if (!(error instanceof OutpostError)) throw error;
  if (!(error instanceof OutpostApiError)) return error.message;
  const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`;
  return `${error.code}: ${error.message}${request}`;
}
