import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { constants } from 'node:os';
import type { EgressDoor } from './sandbox.js';

// Runs inside a sandbox without a network, in front of the agent: what listens on its loopback leads to the egress
// proxy outside. It is given to the sandbox as this one file, so it imports nothing but Node's own.

const PROXY_PORT = 3128;
const NOT_FOUND = 127;
const SIGNALLED = 128;

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

const [door = 'null', cwd = '/', file = '', ...args] = process.argv.slice(2);
const egress = JSON.parse(door) as EgressDoor | null;
if (egress !== null) await openDoor(egress);
// The whole group is signalled: the agent decides, and this ends with it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
spawn(file, args, { cwd, stdio: 'inherit' })
  .on('exit', (code, signal) => {
    process.exit(code ?? SIGNALLED + constants.signals[signal ?? 'SIGKILL']);
  })
  .on('error', (error) => {
    process.stderr.write(`${file} could not be started: ${error.message}\n`);
    process.exit(NOT_FOUND);
  });
