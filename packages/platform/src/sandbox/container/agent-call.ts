import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { RelayReport } from '../sandbox.js';

/** The directory that it lies in is shown to one container alone. */
const FOR_ALL = 0o666;
const LINES = 4;

/** The relay in a container has called: what would be inherited elsewhere goes this way, through no file and no engine. */
export interface AgentCall {
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Starts the agent. */
  sendEnvironment(environment: NodeJS.ProcessEnv): void;
  /** Undefined when it ended without a word. */
  report(): Promise<RelayReport | undefined>;
}

/** Takes one call, which comes over several connections. Resolves when it may be made. */
export async function openAgentCall(path: string): Promise<{ readonly taken: Promise<AgentCall> }> {
  const lines: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const taken = new Promise<AgentCall>((resolve) => {
    server.on('connection', (socket) => {
      // How it ends is told by its end.
      socket.on('error', () => {});
      lines.push(socket);
      if (lines.length < LINES) return;
      server.close();
      resolve(callOf(lines as [Socket, Socket, Socket, Socket]));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  await chmod(path, FOR_ALL);
  return { taken };
}

function callOf([control, stdin, stdout, stderr]: [Socket, Socket, Socket, Socket]): AgentCall {
  return {
    stdin,
    stdout,
    stderr,
    sendEnvironment: (environment) => {
      control.write(`${JSON.stringify(environment)}\n`);
    },
    report: async () => {
      const text = await readAll(control);
      control.destroy();
      return parse(text);
    },
  };
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('close', () => resolve(text));
    socket.resume();
  });
}

/** It comes from where the agent is: anything may stand in it. */
function parse(text: string): RelayReport | undefined {
  try {
    const { exitCode, oomKills } = JSON.parse(text) as Partial<Record<keyof RelayReport, unknown>>;
    return { exitCode: Number(exitCode), oomKills: Number(oomKills) };
  } catch {
    return undefined;
  }
}
