import {
  bubblewrapDirectory,
  makeFakeAgent,
  makeRepository,
  Outpost,
  PATH,
  shellTask,
  startContainerEngine,
  temporaryDirectory,
  until,
  workerProcesses,
} from '@outpost/test-support';
import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const PRINTED_BYTES = 5 * 1024 ** 3;
const MAX_LOG_BYTES = 50 * 1024 ** 2;
/** Far below what a worker would need that kept what it reads. */
const MAX_WORKER_BYTES = 700 * 1024 ** 2;
const TIMEOUT_MS = 900_000;

const bwrap = bubblewrapDirectory();
const engine = await startContainerEngine(['base']);
afterAll(() => engine?.stop());
const sandboxes = [
  { name: 'container', works: engine !== undefined },
  { name: 'bwrap', works: bwrap !== undefined },
  { name: 'uid', works: process.getuid?.() === 0 },
];

describe.each(sandboxes.filter(({ works }) => works))('an agent that prints 5 GB in $name', ({ name }) => {
  it('fills neither the log nor the memory of its worker', { timeout: TIMEOUT_MS }, async () => {
    const directory = await temporaryDirectory();
    chmodSync(directory, 0o755);
    const dataDir = await temporaryDirectory();
    chmodSync(dirname(dataDir), 0o711);
    const outpost = await Outpost.start({
      dataDir,
      env: {
        PATH: bwrap === undefined ? PATH : `${bwrap}:${PATH}`,
        OUTPOST_SANDBOX: name,
        OUTPOST_AGENT_COMMAND_CLAUDE: await makeFakeAgent(directory),
        OUTPOST_AGENT_IMAGE_CLAUDE: 'localhost/outpost-base:latest',
        DOCKER_HOST: engine?.host ?? '',
      },
    });
    try {
      const { dispatchId } = await outpost.dispatch({
        agent: 'claude',
        tier: 'flagship',
        timeoutSeconds: TIMEOUT_MS / 1_000,
        repo: await makeRepository(),
        task: shellTask(`yes "$(seq -s ' ' 20000)" | head -c ${PRINTED_BYTES}; echo; echo done > done`),
      });
      let peak = 0;
      const ended = await until(async () => {
        peak = Math.max(peak, ...workerProcesses(dataDir).map(peakBytes));
        const dispatch = await outpost.get(dispatchId);
        return dispatch.completedAt === undefined ? undefined : dispatch;
      });
      expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
      expect(await outpost.artifact(dispatchId, 'changes.patch')).toContain('+done');
      const log = await outpost.artifactBytes(dispatchId, 'output.log');
      expect(log.length).toBeLessThan(MAX_LOG_BYTES * 1.01);
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(MAX_WORKER_BYTES);
    } finally {
      await outpost.stop();
    }
  });
});

/** The most memory that a process ever had; 0 when it is gone. */
function peakBytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
