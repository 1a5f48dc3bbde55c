import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What has to be there for a program to run: its package, its Python environment, or the file alone. */
export function programFiles(executable: string): readonly string[] {
  return [...new Set([rootOf(executable), rootOf(realpathSync(executable))])];
}

function rootOf(file: string): string {
  const modules = /^.*?\/node_modules(?=\/)/.exec(file)?.[0];
  if (modules !== undefined) return modules;
  const prefix = dirname(dirname(file));
  const isInstallation = ['pyvenv.cfg', 'include/node'].some((mark) => existsSync(join(prefix, mark)));
  return isInstallation ? prefix : file;
}
