import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';
import { program } from '../../tsdown.program.ts';

const fileOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

export default defineConfig([
  program('runner', 'dist/main.js'),
  program('relay', fileOf('@outpost/platform/sandbox/relay')),
  program('run-container', fileOf('@outpost/platform/sandbox/run-container')),
]);
