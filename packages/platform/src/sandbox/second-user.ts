import { execa } from 'execa';
import { chmod, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { agentUserOf, findExecutable, mayChangeUser, type Machine } from './machine.js';
import { asUser, limited } from './privileges.js';
import type { Sandbox } from './sandbox.js';

const ENTERED_ONLY = 0o711;
const OWNERS_ONLY = 0o700;

/**
 * Agents as a user of their own: file modes keep them from what is not theirs. They share network and processes'
 * names with the machine. Resolves with why it cannot be had here, for people.
 */
export async function openSecondUser(machine: Machine): Promise<Sandbox | string> {
  if (!mayChangeUser()) return 'only root may run agents as another user';
  const [setpriv, prlimit] = ['setpriv', 'prlimit'].map((name) => findExecutable(name, machine.path));
  if (setpriv === undefined || prlimit === undefined)
    return 'setpriv and prlimit are needed (Debian: util-linux)';
  const tools = { setpriv, prlimit };
  const user = agentUserOf(machine);
  const { dataDir } = machine;
  const look = asUser(user, tools, { file: '/bin/sh', args: ['-c', 'cd "$1"', 'sh', dirname(dataDir)] });
  const { failed } = await execa(look.file, look.args, { reject: false });
  if (failed) return `another user may not enter ${dirname(dataDir)}: keep the data elsewhere`;
  return {
    name: 'uid',
    user,
    isolatesNetwork: false,
    admit: (workspaceRoot) => openWay(dataDir, workspaceRoot),
    enter: async (program, confinement) => asUser(user, tools, limited(confinement, tools, program)),
  };
}

/** The directories on the way may be passed, but not listed; all beside it is closed. */
async function openWay(dataDir: string, workspaceRoot: string): Promise<void> {
  const isInside = workspaceRoot.startsWith(`${dataDir}/`);
  for (const entry of isInside ? await readdir(dataDir, { withFileTypes: true }) : [])
    if (entry.isDirectory()) await chmod(join(dataDir, entry.name), OWNERS_ONLY);
    else if (entry.isFile()) await chmod(join(dataDir, entry.name), 0o600).catch(ignoreMissing);
  const top = isInside ? dataDir : workspaceRoot;
  for (let path = workspaceRoot; ; path = dirname(path)) {
    await chmod(path, ENTERED_ONLY);
    if (path === top) return;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
