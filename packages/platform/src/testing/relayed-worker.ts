import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const ID_BYTES = 36;

/** Passes on what it reads on stdin, and lives for as long as there is somebody at both ends. */
const SCRIPT = `
import { connect } from 'node:net';
const socket = connect(process.env.RELAY_SOCKET);
socket.on('error', () => {});
socket.on('close', () => process.exit(0));
socket.write(process.env.OUTPOST_WORKER_ID);
process.stdin.pipe(socket);
`;

/** A warm worker whose stdin a test reads: the test is the worker, its process only the proof of life. */
export interface RelayedWorker {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The stdin of the worker of this id, once its process runs. Destroy it and the process ends. */
  stdinOf(workerId: string): Promise<Readable>;
  /** Ends all processes. */
  close(): Promise<void>;
}

export async function createRelayedWorker({
  directory,
}: {
  readonly directory: string;
}): Promise<RelayedWorker> {
  const script = join(directory, 'relay.mjs');
  const socketPath = join(directory, 'relay.sock');
  await mkdir(directory, { recursive: true });
  await writeFile(script, SCRIPT);
  const arrivals = new Map<string, PromiseWithResolvers<Socket>>();
  const arrivalOf = (workerId: string): PromiseWithResolvers<Socket> => {
    const known = arrivals.get(workerId) ?? Promise.withResolvers<Socket>();
    arrivals.set(workerId, known);
    return known;
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    const greet = (): void => {
      const id = socket.read(ID_BYTES) as Buffer | null;
      if (id === null) return;
      socket.off('readable', greet);
      arrivalOf(id.toString()).resolve(socket);
    };
    socket.on('readable', greet);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    command: [process.execPath, script],
    env: { RELAY_SOCKET: socketPath },
    stdinOf: (workerId) => arrivalOf(workerId).promise,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
