import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startControlPlane } from './control-plane.js';

const LISTENING = `console.log('not JSON'); console.log(JSON.stringify({ event: 'listening', url: process.env.URL }));`;

async function start(source: string, signal?: AbortSignal) {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-cli-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const module = join(directory, 'server.mjs');
  await writeFile(module, source);
  const logFile = join(directory, 'server.log');
  return {
    logFile,
    plane: startControlPlane({ module, cwd: directory, logFile, env: { URL: 'http://x' }, signal }),
  };
}

test('resolves with the URL, keeps the log and stops in good order', async () => {
  // It listens last: from then on it may be stopped.
  const source = `console.error(Object.keys(process.env).join()); setInterval(() => {}, 1000);
    process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); ${LISTENING}`;
  const { plane, logFile } = await start(source);
  const { url, stop, lost } = await plane;
  expect(url).toBe('http://x');
  await stop();
  expect(lost.aborted).toBe(false);
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  expect(lines.toSorted()).toEqual(['URL', 'bye', 'not JSON', '{"event":"listening","url":"http://x"}']);
});

test('one that dies before it listens is shown with its last lines', async () => {
  const { plane, logFile } = await start(`console.error('no such disk'); process.exit(3);`);
  await expect(plane).rejects.toThrow(
    `The control plane ended unasked (exit code 3).\n  | no such disk\nLog: ${logFile}`,
  );
});

test('one that dies later aborts its signal', async () => {
  const { plane } = await start(`${LISTENING} setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`);
  const { lost, stop } = await plane;
  await expect.poll(() => lost.aborted).toBe(true);
  expect((lost.reason as Error).message).toContain('ended unasked (SIGKILL)');
  await stop();
});

test('an interrupted start leaves no process', async () => {
  const controller = new AbortController();
  const { plane } = await start('setInterval(() => {}, 1000);', controller.signal);
  const reason = new Error('Ctrl-C');
  controller.abort(reason);
  await expect(plane).rejects.toBe(reason);
});
