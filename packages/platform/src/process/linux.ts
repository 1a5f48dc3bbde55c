import { readdirSync, readFileSync, statSync } from 'node:fs';

/** What /proc says of one live process. */
export interface LinuxProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startedAt: string;
}

/** Undefined when there is no such process, or only a zombie of it. */
export function readLinuxProcess(pid: number): LinuxProcess | undefined {
  const stat = readProc(`/proc/${pid}/stat`)?.toString('latin1');
  return stat === undefined ? undefined : parseStat(pid, stat);
}

/**
 * Reads `/proc/<pid>/stat`. The second field is the program's name in parentheses and may itself hold blanks and
 * parentheses, so that fields are counted from the last `)`: state is field 3, the parent 4, the start time 22.
 */
export function parseStat(pid: number, stat: string): LinuxProcess | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, ticks] = [fields[0], fields[1], fields[19]];
  if (state === undefined || parent === undefined || ticks === undefined) return undefined;
  if (state === 'Z' || state === 'X' || state === 'x') return undefined;
  return { pid, parentPid: Number(parent), startedAt: `${bootId()}:${ticks}` };
}

export function listLinuxProcesses(): LinuxProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readLinuxProcess(Number(name)))
    .filter((found) => found !== undefined);
}

/**
 * Whether the environment the process was started with has this entry (`NAME=value`). `unknown` when it may not be
 * read, or is empty: a process in the middle of an exec has none for a moment.
 */
export function environmentEntry(pid: number, entry: string): 'present' | 'absent' | 'unknown' {
  const environment = readProc(`/proc/${pid}/environ`)?.toString('utf8') ?? '';
  if (environment === '') return 'unknown';
  return `\0${environment}\0`.includes(`\0${entry}\0`) ? 'present' : 'absent';
}

/** Undefined when the process is gone. */
export function processUser(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/**
 * The pid given last, in this pid namespace. Pids are handed out upwards (and wrap at kernel.pid_max), so whatever was
 * forked since an earlier reading has a pid between the two.
 */
export function newestPid(): number {
  return Number(readProc('/proc/loadavg')?.toString('latin1').trim().split(' ').at(-1) ?? 0);
}

let knownBootId: string | undefined;

/** Start times count from boot: without this, a process of the boot before could be taken for one of now. */
function bootId(): string {
  knownBootId ??= readProc('/proc/sys/kernel/random/boot_id')?.toString('latin1').trim() ?? '';
  return knownBootId;
}

/** A process may end, or belong to somebody else: then there is nothing to read. */
function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
