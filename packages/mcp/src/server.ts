import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { OutpostClient } from '@outpost/client';
import { addResources } from './resources.js';
import type { Tool } from './tool.js';
import { cancelTool, dispatchTool, statusTool } from './tools/dispatches.js';
import { artifactsTool, fleetTool, healthTool } from './tools/fleet.js';
import { promoteTool } from './tools/promote.js';
import { listRunsTool } from './tools/runs.js';
import { deleteWorkspaceTool, listWorkspacesTool } from './tools/workspaces.js';

const TOOLS: readonly Tool[] = [
  dispatchTool,
  statusTool,
  cancelTool,
  listRunsTool,
  fleetTool,
  artifactsTool,
  promoteTool,
  listWorkspacesTool,
  deleteWorkspaceTool,
  healthTool,
];

const INSTRUCTIONS =
  'Outpost gives coding tasks to other agents, each in a sandbox on a fresh clone of a repository. ' +
  'outpost_fleet says which agents are available. outpost_dispatch starts a task, outpost_status with waitSeconds waits for it, ' +
  'outpost://dispatch/{dispatchId}/patch is what it changed.';

export interface McpServerOptions {
  /** Acts for one caller: all that the tools do is done with its key. */
  readonly client: OutpostClient;
  readonly version: string;
}

/** A server of the Model Context Protocol for one caller, on no transport yet. */
export function createMcpServer({ client, version }: McpServerOptions): McpServer {
  const server = new McpServer(
    { name: 'outpost', title: 'Outpost', version },
    { instructions: INSTRUCTIONS },
  );
  for (const add of TOOLS) add(server, client);
  addResources(server, client);
  return server;
}
