/** Puts the types of the contracts beside the declarations that tsc has made, and leads these to them. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contractTypes } from './contract-types.ts';

const DIRECTORY = fileURLToPath(new URL('../dist/types/', import.meta.url));

for (const name of await readdir(DIRECTORY)) {
  const file = join(DIRECTORY, name);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll("'@outpost/contracts'", "'./contracts.js'"));
}
await writeFile(join(DIRECTORY, 'contracts.d.ts'), await contractTypes());
