import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';
import { program, sandboxPrograms } from '../../tsdown.program.ts';

/** The page of the API as its package has it for a browser: one file, with all that it needs. */
const PAGE_SCRIPT = new URL('./browser/standalone.js', import.meta.resolve('@scalar/api-reference'));

export default defineConfig([
  {
    ...program('server', 'dist/main.js'),
    onSuccess: async () => copyFile(PAGE_SCRIPT, fileURLToPath(new URL('bundle/scalar.js', import.meta.url))),
  },
  // It starts these to see which sandboxes work.
  ...sandboxPrograms((specifier) => import.meta.resolve(specifier)),
]);
