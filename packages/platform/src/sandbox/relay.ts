import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, Socket } from 'node:net';
import { constants } from 'node:os';
import type { EgressDoor, RelayOrders, RelayReport } from './sandbox.js';

// Runs inside a sandbox without a network, in front of the agent: what listens on its loopback leads to the egress
// proxy outside. It is given to the sandbox as this one file, so it imports nothing but Node's own.

const PROXY_PORT = 3128;
const NOT_FOUND = 127;
const SIGNALLED = 128;
/** Of the container itself: version 1, version 2. */
const OOM_COUNTERS = ['/sys/fs/cgroup/memory/memory.oom_control', '/sys/fs/cgroup/memory.events'];

/** What comes from outside where nothing can be inherited. */
interface Line {
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: readonly [Socket, Socket, Socket];
  report(report: RelayReport): Promise<void>;
}

async function listen(host: string, port: number, onConnection: (socket: Socket) => void): Promise<void> {
  const server = createServer(onConnection).unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const)
    socket.on('error', () => peer.destroy()).on('close', () => peer.destroy());
}

async function openDoor({ socket: socketPath, forwards }: EgressDoor): Promise<void> {
  await listen('127.0.0.1', PROXY_PORT, (socket) => join(socket, connect(socketPath)));
  for (const target of forwards) {
    const { hostname, port } = new URL(`http://${target}`);
    await listen(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port), (socket) => {
      request({ socketPath, method: 'CONNECT', path: target })
        .on('connect', (_, tunnel) => join(socket, tunnel))
        .on('error', () => socket.destroy())
        .end();
    });
  }
}

/** Paused: what comes is the agent's to read, not this process's. */
async function dial(path: string): Promise<Socket> {
  const socket = new Socket({ allowHalfOpen: true });
  socket.pause();
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).connect(path, resolve);
  });
  return socket;
}

/** One after another, as the other side tells them apart by their order. */
async function callOutside(path: string): Promise<Line> {
  const control = await dial(path);
  const stdio = [await dial(path), await dial(path), await dial(path)] as const;
  const env = JSON.parse(await firstLine(control)) as NodeJS.ProcessEnv;
  // Who started this is gone, and nobody waits for the agent any more.
  const leave = (): never => process.exit(SIGNALLED + constants.signals.SIGKILL);
  control.on('end', leave).on('close', leave);
  return {
    // The programs are those of this system.
    env: { ...env, PATH: process.env['PATH'] },
    stdio,
    report: (report) =>
      new Promise((resolve) => {
        control.off('end', leave).off('close', leave).end(JSON.stringify(report), resolve);
      }),
  };
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('error', reject).on('close', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!text.endsWith('\n')) return;
      socket.off('close', reject);
      resolve(text);
    });
    socket.resume();
  });
}

function oomKills(): number {
  const texts = OOM_COUNTERS.map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  });
  return Number(/^oom_kill (\d+)$/m.exec(texts.join('\n'))?.[1] ?? 0);
}

async function end(exitCode: number, line: Line | undefined): Promise<never> {
  await line?.report({ exitCode, oomKills: oomKills() });
  process.exit(exitCode);
}

const [orders = '{}', cwd = '/', file = '', ...args] = process.argv.slice(2);
const { egress, call } = JSON.parse(orders) as RelayOrders;
if (egress !== undefined) await openDoor(egress);
// The whole group is signalled: the agent decides, and this ends with it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
const line = call === undefined ? undefined : await callOutside(call);
spawn(file, args, { cwd, stdio: line === undefined ? 'inherit' : [...line.stdio], env: line?.env })
  .on('exit', (code, signal) => {
    void end(code ?? SIGNALLED + constants.signals[signal ?? 'SIGKILL'], line);
  })
  .on('error', (error) => {
    const says = `${file} could not be started: ${error.message}\n`;
    (line?.stdio[2] ?? process.stderr).write(says, () => void end(NOT_FOUND, line));
  });
