import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';

const dist = (file: string): string => fileURLToPath(new URL(`dist/${file}`, import.meta.url));

const shared = {
  outDir: 'dist',
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.build.json',
  clean: false,
  fixedExtension: false,
  logLevel: 'error',
} as const;

export default defineConfig([
  { ...shared, entry: 'src/index.ts', format: ['esm', 'cjs'], dts: false, sourcemap: true },
  {
    ...shared,
    // What tsc has made of the sources, with the contracts' types, in one file.
    entry: dist('types/index.d.ts'),
    format: 'esm',
    dts: { emitDtsOnly: true, dtsInput: true },
    // The same for `require`.
    onSuccess: async () => copyFile(dist('index.d.ts'), dist('index.d.cts')),
  },
]);
