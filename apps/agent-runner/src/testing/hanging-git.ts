import { identify } from '@outpost/platform/process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './run-bench.js';

/** A git that never ends one of its commands, and does all others. */
export interface HangingGit {
  /** Comes before all others on the PATH. */
  readonly binDir: string;
  /** Resolves once it hangs. */
  begun(): Promise<unknown>;
  /** Resolves once it has hung and its process is gone. */
  ended(): Promise<unknown>;
}

export async function createHangingGit(root: string, subcommand: string): Promise<HangingGit> {
  const binDir = join(root, 'bin');
  const pidFile = join(root, 'hung.pid');
  await mkdir(binDir, { recursive: true });
  const script = `#!/bin/sh
case " $* " in *" ${subcommand} "*) echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 100000;; esac
PATH="\${PATH#*:}"
exec git "$@"
`;
  await writeFile(join(binDir, 'git'), script, { mode: 0o755 });
  const begun = async (): Promise<number> =>
    await until(() => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined));
  return {
    binDir,
    begun,
    async ended() {
      const pid = await begun();
      await until(() => (identify(pid) === undefined ? true : undefined));
    },
  };
}
