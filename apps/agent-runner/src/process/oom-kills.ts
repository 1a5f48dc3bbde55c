import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** Undefined when there is no such file, or it may not be read. */
export type ReadText = (path: string) => string | undefined;

/**
 * How many processes the kernel has killed for want of memory in this process's control group, since it was made.
 * Undefined where it cannot be told: it is no Linux, or its memory is not controlled.
 */
export function readOomKills(readText: ReadText = readFile): number | undefined {
  const membership = readText('/proc/self/cgroup') ?? '';
  for (const file of counterFiles(membership)) {
    const count = /^oom_kill (\d+)$/m.exec(readText(file) ?? '')?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

/**
 * Lines are `id:controllers:path`: version 1 has one for each controller, version 2 has `0::path`. In a container the
 * path may be the host's, while what is mounted is the container's own group: then the counter is at the top.
 */
function counterFiles(membership: string): string[] {
  return membership.split('\n').flatMap((line) => {
    const [, id, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes('memory')) return within('memory', path, 'memory.oom_control');
    if (id !== '0' || controllers !== '') return [];
    // Beside version 1, version 2 is mounted one level down.
    return [...within('', path, 'memory.events'), ...within('unified', path, 'memory.events')];
  });
}

function within(mount: string, path: string, file: string): string[] {
  return [join(CGROUPS, mount, path, file), join(CGROUPS, mount, file)];
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
