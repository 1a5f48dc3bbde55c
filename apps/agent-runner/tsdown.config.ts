import { defineConfig } from 'tsdown';
import { program, sandboxPrograms } from '../../tsdown.program.ts';

export default defineConfig([
  program('runner', 'dist/main.js'),
  ...sandboxPrograms((specifier) => import.meta.resolve(specifier)),
]);
