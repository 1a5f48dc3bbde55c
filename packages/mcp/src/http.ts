import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { createMcpServer, type McpServerOptions } from './server.js';

/**
 * Answers one POST of the streamable HTTP transport. There is no session: any instance can answer any message. When
 * `signal` is aborted, what is under way is given up.
 */
export async function answerMcp(
  request: Request,
  { signal, ...options }: McpServerOptions & { readonly signal: AbortSignal },
): Promise<Response> {
  const server = createMcpServer(options);
  // No `sessionIdGenerator`: stateless.
  const transport = new WebStandardStreamableHTTPServerTransport();
  await server.connect(transport);
  signal.addEventListener('abort', () => void server.close(), { once: true });
  return transport.handleRequest(request);
}
