import { fileURLToPath } from 'node:url';

/** What starts a worker on this machine. Asked for in local mode alone: the image for AWS does not have it. */
export function workerProgram(): { readonly command: readonly string[]; readonly cacheDir: string } {
  const program = import.meta.resolve('@outpost/agent-runner/main');
  return {
    command: [process.execPath, fileURLToPath(program)],
    // Node keeps there what it has compiled, which is half of what a start takes. As trusted as the program itself.
    cacheDir: fileURLToPath(new URL('../node_modules/.cache/node', program)),
  };
}
