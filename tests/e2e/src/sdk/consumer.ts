import { PATH, REPOSITORY_ROOT, temporaryDirectory } from '@outpost/test-support';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const CLIENT = join(REPOSITORY_ROOT, 'packages', 'client');
const TSC = join(REPOSITORY_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** A project that has nothing of this repository but the packed client. */
export interface Consumer {
  readonly directory: string;
  readonly tarball: string;
  write(name: string, text: string): Promise<string>;
  /** Runs one of its files, with Node unless told otherwise; returns what it prints. */
  run(
    file: string,
    options?: { readonly command?: readonly string[]; readonly env?: object },
  ): Promise<string>;
  /** What tsc says of one of its files: nothing, of one that is right. */
  check(file: string, ...options: string[]): Promise<string>;
}

export async function makeConsumer(): Promise<Consumer> {
  const directory = await temporaryDirectory();
  const npm = async (cwd: string, ...args: string[]): Promise<string> => {
    const env = { PATH, HOME: directory, npm_config_update_notifier: 'false' };
    return (await execa('npm', args, { cwd, extendEnv: false, env })).stdout;
  };
  const packed = JSON.parse(await npm(CLIENT, 'pack', '--json', '--pack-destination', directory)) as {
    filename: string;
  }[];
  const tarball = join(directory, packed[0]!.filename);
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, text);
    return file;
  };
  await write('package.json', '{ "name": "consumer", "private": true, "type": "module" }');
  // Offline: it has no dependencies.
  await npm(directory, 'install', '--offline', '--no-audit', '--no-fund', tarball);
  return {
    directory,
    tarball,
    write,
    async run(file, { command = [process.execPath], env = {} } = {}) {
      const [program, ...args] = command;
      const options = { cwd: directory, extendEnv: false, env: { PATH, HOME: directory, ...env } };
      return (await execa(program!, [...args, file], options)).stdout;
    },
    async check(file, ...options) {
      const args = [
        TSC,
        '--noEmit',
        '--pretty',
        'false',
        '--strict',
        '--exactOptionalPropertyTypes',
        ...options,
      ];
      const { stdout } = await execa(process.execPath, [...args, file], { cwd: directory, reject: false });
      return stdout;
    },
  };
}
