import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** The calls of programs that must not really run, in their order: the name of the program and its arguments. */
export interface Recorder {
  calls(): Promise<readonly (readonly string[])[]>;
}

/** Puts an executable that only writes down how it is called at each of these paths. */
export async function recordCalls(log: string, programs: readonly string[]): Promise<Recorder> {
  await writeFile(log, '');
  for (const program of programs) {
    await mkdir(dirname(program), { recursive: true });
    const record = `printf '%s\\0' '${basename(program)}' "$@" >> '${log}'; printf '\\n\\0' >> '${log}'`;
    await writeFile(program, `#!/bin/sh\n${record}\n`);
    await chmod(program, 0o755);
  }
  return {
    async calls() {
      const text = await readFile(log, 'utf8');
      return text
        .split('\0\n\0')
        .slice(0, -1)
        .map((call) => call.split('\0'));
    },
  };
}
