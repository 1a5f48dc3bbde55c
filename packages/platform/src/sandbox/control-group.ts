import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './sandbox.js';

const CGROUPS = '/sys/fs/cgroup';
const CPU_PERIOD_US = 100_000;
const JOIN_ALL = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

export interface ControlGroupParams {
  /** Unique on this machine. */
  readonly name: string;
  readonly memoryBytes: number;
  /** 0.5 is half a processor. */
  readonly processors: number;
}

/** Bounds memory and processor time of all that is started in it together. */
export interface ControlGroup {
  /** How often the kernel has killed in it for want of memory. */
  oomKills(): number;
  join(program: Program): Program;
  /** When nothing runs in it any more. */
  close(): Promise<void>;
}

interface Directory {
  readonly path: string;
  readonly settings: Readonly<Record<string, string>>;
  /** What need not be there. */
  readonly optional?: Readonly<Record<string, string>>;
}

/** Undefined where this process may make none, as for most users who are not root. */
export async function openControlGroup(params: ControlGroupParams): Promise<ControlGroup | undefined> {
  const made: string[] = [];
  const close = async (): Promise<void> => {
    for (const path of made) await rmdir(path).catch(() => {});
  };
  try {
    for (const directory of directoriesFor(params)) {
      await mkdir(directory.path);
      made.push(directory.path);
      await configure(directory);
    }
  } catch {
    await close();
    return undefined;
  }
  if (made.length === 0) return undefined;
  const procs = made.map((path) => join(path, 'cgroup.procs'));
  return {
    oomKills: () => made.reduce((sum, path) => sum + oomKillsIn(path), 0),
    join: ({ file, args }) => ({
      file: '/bin/sh',
      args: ['-c', JOIN_ALL, 'sh', ...procs, '--', file, ...args],
    }),
    close,
  };
}

async function configure({ path, settings, optional = {} }: Directory): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await writeFile(join(path, name), value);
  for (const [name, value] of Object.entries(optional))
    await writeFile(join(path, name), value).catch(() => {});
}

function directoriesFor({ name, memoryBytes, processors }: ControlGroupParams): readonly Directory[] {
  const quota = String(Math.ceil(processors * CPU_PERIOD_US));
  const memory = String(memoryBytes);
  if (existsSync(join(CGROUPS, 'cgroup.controllers'))) {
    const settings = {
      'memory.max': memory,
      'cpu.max': `${quota} ${CPU_PERIOD_US}`,
      'memory.oom.group': '0',
    };
    return [{ path: join(CGROUPS, name), settings, optional: { 'memory.swap.max': '0' } }];
  }
  return [
    {
      path: join(ownGroup('memory'), name),
      settings: { 'memory.limit_in_bytes': memory },
      optional: { 'memory.memsw.limit_in_bytes': memory },
    },
    {
      path: join(ownGroup('cpu'), name),
      settings: { 'cpu.cfs_period_us': String(CPU_PERIOD_US), 'cpu.cfs_quota_us': quota },
    },
  ];
}

/** In a container its path may be the host's, while what is mounted is the container's own group. */
function ownGroup(controller: string): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((each) => /^\d+:([^:]*):(.*)$/.exec(each))
    .find((found) => found?.[1]?.split(',').includes(controller));
  const path = join(CGROUPS, controller, line?.[2] ?? '');
  return existsSync(path) ? path : join(CGROUPS, controller);
}

function oomKillsIn(path: string): number {
  const texts = ['memory.events', 'memory.oom_control'].map((file) => readOr(join(path, file)));
  return Number(/^oom_kill (\d+)$/m.exec(texts.join('\n'))?.[1] ?? 0);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
