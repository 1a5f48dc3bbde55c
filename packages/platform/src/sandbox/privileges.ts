import type { Confinement, Program } from './sandbox.js';

export interface PrivilegeTools {
  readonly setpriv: string;
  readonly prlimit: string;
}

/** The program as another user, without groups, capabilities or a way to get any. */
export function asUser(user: number, { setpriv }: PrivilegeTools, program: Program): Program {
  const id = String(user);
  const args = ['--reuid', id, '--regid', id, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  return { file: setpriv, args: [...args, '--no-new-privs', '--', program.file, ...program.args] };
}

/** The program with limits that hold for each of its user's processes, and cannot be raised again. */
export function limited(
  { maxProcesses, maxFileBytes }: Confinement,
  { prlimit }: PrivilegeTools,
  program: Program,
): Program {
  const limits = [
    `--nproc=${maxProcesses}:${maxProcesses}`,
    `--fsize=${maxFileBytes}:${maxFileBytes}`,
    '--core=0:0',
  ];
  return { file: prlimit, args: [...limits, '--', program.file, ...program.args] };
}
