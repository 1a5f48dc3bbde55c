import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { endFakes, node, runFake, shell } from './testing/fake-agent.js';

afterEach(endFakes);

const SECRET = 'sk-live-0123456789abcdef';

describe('the output of an agent', () => {
  it('arrives line by line, also without a line break at its end', async () => {
    const { stdout, stderr } = await runFake(shell('printf "one\\r\\n\\ntwo"; printf three >&2'));
    expect(stdout).toEqual(['one', '', 'two']);
    expect(stderr).toEqual(['three']);
  });

  it('arrives whole, however much it is and however slowly it is read', async () => {
    let inFlight = 0;
    let overlapped = false;
    const run = await runFake(shell('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done'), {
      onLine: async () => {
        inFlight += 1;
        overlapped ||= inFlight > 1;
        await Promise.resolve();
        inFlight -= 1;
      },
    });
    expect(run.stdout).toEqual(Array.from({ length: 20_000 }, (_, index) => String(index + 1)));
    expect(overlapped).toBe(false);
  });

  it('keeps characters whole that were written in pieces', async () => {
    const bytes = [...Buffer.from('é🚀')].map((byte) => `process.stdout.write(Buffer.from([${byte}]))`);
    expect((await runFake(node(bytes.join(';')))).stdout).toEqual(['é🚀']);
  });

  it('passes a long line whole up to the limit', async () => {
    const { stdout } = await runFake(node('console.log("x".repeat(5e6)); console.log("after")'), {
      maxLineBytes: 5_000_000,
    });
    expect(stdout.map((line) => line.length)).toEqual([5_000_000, 5]);
  });

  it('cuts a line of 5 MB, and goes on after it', async () => {
    const { stdout } = await runFake(node('console.log("é".repeat(25e5)); console.log("after")'), {
      maxLineBytes: 1_001,
    });
    expect(stdout).toEqual([`${'é'.repeat(500)} [line cut: 4998999 more bytes]`, 'after']);
  });

  it('is dropped beyond its limit, but read to the end and with its last line', async () => {
    const script = 'yes 0123456789 | head -n 100000; echo last; echo other >&2; exit 4';
    const run = await runFake(shell(script), { maxOutputBytes: 1_100 });
    expect(run.exit.exitCode).toBe(4);
    expect(run.stdout.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => '0123456789'));
    expect(run.stdout.slice(100)).toEqual(['[output cut: more than 1100 bytes]', 'last']);
    expect(run.stderr).toEqual(['other']);
  });

  it('is read to the end though nobody can take it, and that is told', async () => {
    const failing = runFake(shell('yes | head -n 100000; exit 0'), {
      onLine: () => {
        throw new Error('the log is full');
      },
    });
    await expect(failing).rejects.toThrow('the log is full');
  });
});

describe('a secret in the output of an agent', () => {
  it('does not leave when it is written in two pieces', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'outpost-output-'));
    const go = join(directory, 'go');
    const script = `printf 'key ${SECRET.slice(0, 8)}'; echo half >&2; while [ ! -e ${go} ]; do sleep 0.01; done; echo '${SECRET.slice(8)}.'`;
    const { stdout } = await runFake(shell(script), {
      secrets: [SECRET],
      onLine: (stream) => {
        if (stream === 'stderr') writeFileSync(go, '');
      },
    });
    rmSync(directory, { recursive: true });
    expect(stdout).toEqual(['key [REDACTED].']);
  });

  it('does not leave on either stream, and one does not disturb the other', async () => {
    const script = `printf ${SECRET.slice(0, 6)}; printf ${SECRET} >&2; echo ${SECRET.slice(6)}; echo . >&2`;
    const { stdout, stderr } = await runFake(shell(script), { secrets: [SECRET] });
    expect(stdout).toEqual(['[REDACTED]']);
    expect(stderr).toEqual(['[REDACTED].']);
  });

  it('does not leave when the agent dies while it writes it', async () => {
    const { stdout } = await runFake(shell(`printf 'key ${SECRET.slice(0, 20)}'; kill -9 $$`), {
      secrets: [SECRET],
    });
    expect(stdout).toEqual(['key [REDACTED]']);
  });

  it('does not leave where a line is cut', async () => {
    const { stdout } = await runFake(shell(`echo 0123456789${SECRET}`), {
      secrets: [SECRET],
      maxLineBytes: 30,
    });
    expect(stdout).toEqual(['0123456789[REDACTED]']);
  });

  it('does not leave in the reason why there was no start', async () => {
    const { exit } = await runFake(
      { file: `/none/${SECRET}`, args: [], env: {}, stdin: undefined },
      { secrets: [SECRET] },
    );
    expect(exit.error).toBe('The executable /none/[REDACTED] was not found.');
  });
});
