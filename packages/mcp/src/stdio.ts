import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type McpServerOptions } from './server.js';

/** Serves on stdin and stdout until the other side closes stdin, or `signal` is aborted. */
export async function serveMcpStdio({
  signal,
  ...options
}: McpServerOptions & { readonly signal: AbortSignal }): Promise<void> {
  const server = createMcpServer(options);
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
