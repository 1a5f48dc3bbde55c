import { execa } from 'execa';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { agentUserOf, findExecutable, mayChangeUser, type Machine } from './machine.js';
import { asUser, limited, type PrivilegeTools } from './privileges.js';
import { RELAY } from './programs.js';
import type { Confinement, Program, RelayOrders, Sandbox } from './sandbox.js';

const SYSTEM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt'];
const TEMPORARY_BYTES = String(1024 ** 3);
const NAMESPACES = [
  '--unshare-pid',
  '--unshare-net',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
];
const TEMPORARY = ['--perms', '1777', '--size', TEMPORARY_BYTES, '--tmpfs', '/tmp'];
const KERNEL_DIRECTORIES = ['--proc', '/proc', '--dev', '/dev', ...TEMPORARY];
// bwrap itself must outlive a SIGTERM to the group, or the agent would get no time to end. The relay, a Node program,
// sets its own signals anew.
const SHIELDED = 'trap "" TERM; exec "$@"';

interface Bubblewrap {
  readonly bwrap: string;
  readonly tools: PrivilegeTools;
  /** Undefined where this process may not change users: then the agent runs as it does, in a user namespace. */
  readonly user: number | undefined;
}

/**
 * Agents in namespaces of their own, by bubblewrap: they see the system read-only, their own workspace, no other
 * process, and no network but what the egress proxy lets through. Resolves with why it cannot be had here, for people.
 */
export async function openBubblewrap(machine: Machine): Promise<Sandbox | string> {
  if (process.platform !== 'linux') return 'bubblewrap is for Linux';
  const [bwrap, setpriv, prlimit] = ['bwrap', 'setpriv', 'prlimit'].map((name) =>
    findExecutable(name, machine.path),
  );
  if (bwrap === undefined) return 'bwrap is not on PATH (Debian: apt-get install bubblewrap)';
  if (setpriv === undefined || prlimit === undefined)
    return 'setpriv and prlimit are needed (Debian: util-linux)';
  const user = mayChangeUser() ? agentUserOf(machine) : undefined;
  const parts: Bubblewrap = { bwrap, tools: { setpriv, prlimit }, user };
  const trial = contained(parts, system(), { file: '/bin/sh', args: ['-c', ':'] });
  const { failed, stderr } = await execa(trial.file, trial.args, { reject: false });
  if (failed) return `bwrap does not work here: ${stderr.trim().split('\n')[0] ?? ''}`;
  return {
    name: 'bwrap',
    user,
    isolatesNetwork: true,
    boundsMemory: false,
    bringsCli: false,
    admit: async () => {},
    enter: (program, confinement) => enter(parts, program, confinement),
  };
}

async function enter(parts: Bubblewrap, program: Program, confinement: Confinement): Promise<Program> {
  const { egress, cwd } = confinement;
  const passwd = join(confinement.scratchDir, 'passwd');
  await mkdir(confinement.scratchDir, { recursive: true, mode: 0o700 });
  const id = parts.user ?? process.getuid?.() ?? 0;
  await writeFile(passwd, `root:x:0:0::/:/bin/sh\nagent:x:${id}:${id}::${cwd}:/bin/sh\n`);
  await chmod(passwd, 0o644);
  const places = [
    ...[...confinement.programs, ...confinement.readable].flatMap((path) => mounted('--ro-bind', path)),
    ...mounted('--ro-bind', RELAY),
    ...confinement.writable.flatMap((path) => mounted('--bind', path)),
    ...(egress === undefined ? [] : mounted('--bind', egress.socket)),
    '--ro-bind',
    passwd,
    '/etc/passwd',
  ];
  const orders = JSON.stringify({ egress } satisfies RelayOrders);
  const relay: Program = {
    file: process.execPath,
    args: [RELAY, orders, cwd, program.file, ...program.args],
  };
  const inside = limited(confinement, parts.tools, relay);
  return contained(parts, [...system(), ...places], inside);
}

function contained({ bwrap, tools, user }: Bubblewrap, places: readonly string[], program: Program): Program {
  const inside = user === undefined ? program : asUser(user, tools, program);
  // Only for setpriv, which gives them up.
  const capabilities =
    user === undefined ? [] : ['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`]);
  const userNamespace = user === undefined ? ['--unshare-user'] : [];
  return {
    file: '/bin/sh',
    args: [
      '-c',
      SHIELDED,
      'sh',
      bwrap,
      ...userNamespace,
      ...NAMESPACES,
      '--die-with-parent',
      '--cap-drop',
      'ALL',
      ...capabilities,
      ...places,
      // The agent's directory may be entered by its own user alone, which only what is inside has become.
      '--chdir',
      '/',
      '--remount-ro',
      '/',
      '--',
      inside.file,
      ...inside.args,
    ],
  };
}

function system(): string[] {
  return [
    ...SYSTEM_DIRECTORIES.filter((path) => existsSync(path)).flatMap((path) =>
      lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
    ),
    ...KERNEL_DIRECTORIES,
  ];
}

/** At its own path. The directories above would otherwise be for root alone. */
function mounted(kind: '--bind' | '--ro-bind', path: string): string[] {
  const above: string[] = [];
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) above.unshift(parent);
  const made = above.filter((parent) => !SYSTEM_DIRECTORIES.some((root) => isWithin(parent, root)));
  return [...made.flatMap((parent) => ['--perms', '0755', '--dir', parent]), kind, path, path];
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
