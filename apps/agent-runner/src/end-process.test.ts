import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { execa } from 'execa';

/** Lets Node run these sources, whose imports name the `.js` that they are compiled to. */
const HOOKS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!specifier.endsWith('.js')) throw error;
        return next(specifier.slice(0, -3) + '.ts', context);
      }
    },
  });`)}`;

const END = JSON.stringify(new URL('end-process.ts', import.meta.url).href);
const LIMIT = JSON.stringify(new URL('time-limit.ts', import.meta.url).href);

async function run(source: string): Promise<{ exitCode?: number | undefined; signal?: string | undefined }> {
  const { exitCode, signal } = await execa(
    process.execPath,
    ['--import', HOOKS, '--input-type=module', '-e', source],
    { reject: false, stdin: 'ignore' },
  );
  return { exitCode, signal };
}

it('ends with the exit code, though something is still open', async () => {
  const source = `import { endProcess } from ${END}; setInterval(() => {}, 1000); endProcess(124);`;
  expect(await run(source)).toEqual({ exitCode: 124, signal: undefined });
});

it('ends though a thread hangs in the file system', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'outpost-end-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Opening a pipe that nobody writes to is what a disk that does not answer looks like: an exit waits for it.
  const source = `
    import { open } from 'node:fs/promises';
    import { endProcess } from ${END};
    import { withinLimit } from ${LIMIT};
    const { signal } = new AbortController();
    const limit = { name: 'clone', limitMs: 20, settleMs: 20, signal };
    await withinLimit(limit, () => open(${JSON.stringify(pipe)})).catch(() => {});
    endProcess(0);`;
  expect(await run(source)).toEqual({ exitCode: undefined, signal: 'SIGKILL' });
});
