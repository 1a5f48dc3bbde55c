import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PATH, REPOSITORY_ROOT } from './outpost.js';

export interface NpmTool {
  /** Name and exact version. */
  readonly spec: `${string}@${string}`;
  /** Folders of `node_modules` in which the program may be: one for each platform. */
  readonly folders: RegExp;
  /** The program, from such a folder. */
  readonly program: string;
}

const INSTALL = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];

/**
 * A program that tests use and Outpost does not: from npm, on first use, into the tools of this repository. Undefined
 * where it cannot be had, or does not run.
 */
export function npmTool({ spec, folders, program }: NpmTool): string | undefined {
  const directory = installed(spec);
  if (directory === undefined) return undefined;
  const modules = join(directory, 'node_modules');
  return readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((name) => folders.test(name))
    .map((name) => join(modules, name, program))
    .find((file) => existsSync(file) && runs(file));
}

/** The directory that has the package in its `node_modules`. */
export function installed(spec: string): string | undefined {
  const directory = join(REPOSITORY_ROOT, '.outpost', 'tools', spec.replaceAll(/[^\w.-]+/g, '-'));
  if (existsSync(join(directory, 'node_modules'))) return directory;
  try {
    mkdirSync(directory, { recursive: true });
    execFileSync('npm', [...INSTALL, '--prefix', directory, spec], {
      cwd: directory,
      env: { ...process.env, PATH },
      stdio: 'ignore',
      timeout: 180_000,
    });
    return directory;
  } catch {
    // Half of it would be taken for all of it.
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  }
}

function runs(file: string): boolean {
  try {
    execFileSync(file, ['--version'], { stdio: 'ignore', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}
