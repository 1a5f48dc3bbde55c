import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { chmod, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { agentUserOf, findExecutable, mayChangeUser, type Machine } from './machine.js';
import { asUser, limited } from './privileges.js';
import type { Sandbox } from './sandbox.js';

const ENTERED_ONLY = 0o711;
const READABLE = 0o755;
const PERMISSIONS = 0o777;
const DIRECTORY_OF_OWNER = 0o700;
const FILE_OF_OWNER = 0o600;

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
  if (existsSync(machine.dataDir)) await chmod(machine.dataDir, ENTERED_ONLY);
  await showPrograms(machine);
  for (const place of [machine.dataDir, machine.agentsDir].filter((each) => existsSync(each))) {
    const look = asUser(user, tools, { file: '/bin/sh', args: ['-c', 'cd "$1"', 'sh', place] });
    const { failed } = await execa(look.file, look.args, { reject: false });
    if (failed) return `another user may not enter ${place}: keep it elsewhere`;
  }
  return {
    name: 'uid',
    user,
    isolatesNetwork: false,
    boundsMemory: false,
    bringsCli: false,
    admit: (workspaceRoot) => openWay(machine, workspaceRoot),
    enter: async (program, confinement) => asUser(user, tools, limited(confinement, tools, program)),
  };
}

/** The directories on the way may be passed, but not listed; all beside it is closed. */
async function openWay({ dataDir, agentsDir }: Machine, workspaceRoot: string): Promise<void> {
  const isInside = workspaceRoot.startsWith(`${dataDir}/`);
  if (isInside) await closeAllBut([agentsDir, workspaceRoot], dataDir);
  const top = isInside ? dataDir : workspaceRoot;
  for (let path = workspaceRoot; ; path = dirname(path)) {
    await chmod(path, ENTERED_ONLY);
    if (path === top) return;
  }
}

/** The CLIs are no secret. */
async function showPrograms({ agentsDir }: Machine): Promise<void> {
  if (!existsSync(agentsDir)) return;
  await makeReadable(agentsDir);
  for (const entry of await readdir(agentsDir, { withFileTypes: true }))
    if (entry.isDirectory()) await makeReadable(join(agentsDir, entry.name));
}

/** In an image they are so already, and the disk is read-only. */
async function makeReadable(directory: string): Promise<void> {
  const { mode } = await stat(directory);
  if ((mode & PERMISSIONS) !== READABLE) await chmod(directory, READABLE);
}

/** What leads to one of these stays as it is: agents of other workers may be on their way. */
async function closeAllBut(places: readonly string[], directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const leadsOn = places.some((place) => place === path || place.startsWith(`${path}/`));
    if (leadsOn || !(entry.isDirectory() || entry.isFile())) continue;
    await chmod(path, entry.isFile() ? FILE_OF_OWNER : DIRECTORY_OF_OWNER).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
