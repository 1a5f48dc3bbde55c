import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

interface ToolAnswer {
  readonly isError?: boolean;
  readonly structuredContent?: unknown;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** The official client, on any transport. It checks each structured answer against the schema of its tool. */
export class McpCaller implements AsyncDisposable {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async connect(transport: Transport): Promise<McpCaller> {
    const client = new Client({ name: 'outpost-e2e', version: '1.0.0' });
    await client.connect(transport);
    const caller = new McpCaller(client);
    // The client knows the schemas of the answers from here on.
    await client.listTools();
    return caller;
  }

  static async overHttp(url: string, apiKey: string): Promise<McpCaller> {
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), {
      requestInit: { headers: { authorization: `Bearer ${apiKey}` } },
    });
    return McpCaller.connect(transport);
  }

  /** The structured answer of a tool; throws what an error answer says. */
  async call<T>(name: string, args: object = {}, onprogress?: (progress: Progress) => void): Promise<T> {
    const answer = await this.answer(name, args, onprogress);
    if (answer.isError === true) throw new Error(textOf(answer));
    return answer.structuredContent as T;
  }

  async answer(
    name: string,
    args: object = {},
    onprogress?: (progress: Progress) => void,
  ): Promise<ToolAnswer> {
    const params = { name, arguments: args as Record<string, unknown> };
    const answer = await this.client.callTool(params, undefined, onprogress && { onprogress });
    return answer as unknown as ToolAnswer;
  }

  async read(uri: string): Promise<string> {
    const { contents } = await this.client.readResource({ uri });
    return contents.map((each) => ('text' in each ? each.text : '')).join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

export function textOf({ content }: ToolAnswer): string {
  return content.map(({ text }) => text ?? '').join('');
}
