import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, run, runStep, shouldForward } from './run.mjs';

const script = (code) => ['-e', code];

describe('a child process', () => {
  it('hands back its exit code and what it printed', async () => {
    const code = "console.log('out'); console.error('err'); process.exitCode = 3";
    const { exitCode, output } = await run(process.execPath, script(code), { output: 'keep' });
    expect(exitCode).toBe(3);
    expect(output.split('\n').filter(Boolean).toSorted()).toEqual(['err', 'out']);
  });

  it('that a signal ended counts as the shell counts it', async () => {
    const code = "process.kill(process.pid, 'SIGKILL')";
    const { exitCode } = await run(process.execPath, script(code), { output: 'keep' });
    expect(exitCode).toBe(137);
    expect(exitCodeOf('SIGTERM')).toBe(143);
  });

  it('that cannot be started is a failure in words', async () => {
    await expect(run('/no/such/program', [], { output: 'keep' })).rejects.toThrow(/could not be started/);
  });

  it('that fails as a step brings its output and the advice made from it', async () => {
    const advice = (output) => `Try again: ${output.trim()}`;
    const failing = script("console.log('ENOSPC'); process.exitCode = 1");
    const failure = runStep(process.execPath, failing, { advice });
    await expect(failure).rejects.toMatchObject({
      message: 'Try again: ENOSPC',
      output: 'ENOSPC\n',
      exitCode: 1,
    });
  });
});

describe('a signal', () => {
  it('is passed on, but a repeat by npm is not', () => {
    expect(shouldForward('SIGTERM', { isTerminal: false, now: 5000 })).toBe(true);
    expect(shouldForward('SIGTERM', { isTerminal: false, lastForwardedAt: 4500, now: 5000 })).toBe(false);
    expect(shouldForward('SIGTERM', { isTerminal: false, lastForwardedAt: 3000, now: 5000 })).toBe(true);
  });

  it('from Ctrl-C in a terminal has reached the child already', () => {
    expect(shouldForward('SIGINT', { isTerminal: true, now: 5000 })).toBe(false);
    expect(shouldForward('SIGTERM', { isTerminal: true, now: 5000 })).toBe(true);
    expect(shouldForward('SIGINT', { isTerminal: false, now: 5000 })).toBe(true);
  });
});
