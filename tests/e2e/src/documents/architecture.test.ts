import { readDocument, REPOSITORY_ROOT } from '@outpost/test-support';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { tableBelow } from './tables.js';

const { text } = readDocument('docs/architecture.md');

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** Packages of the workspace, by their folders, but for one for each image. */
function packages(): readonly string[] {
  const manifests = ['packages/*', 'apps/*', 'tests/*', 'infra/cdk', 'bench'].map(
    (each) => `${each}/package.json`,
  );
  return globSync(manifests, { cwd: REPOSITORY_ROOT }).map((path) => path.replace('/package.json', ''));
}

function uses(folder: string): readonly string[] {
  const manifest = JSON.parse(
    readFileSync(join(REPOSITORY_ROOT, folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const { dependencies = {}, devDependencies = {} } = manifest;
  const names = Object.keys({
    ...dependencies,
    ...(Object.keys(dependencies).length === 0 && devDependencies),
  });
  return names
    .filter((name) => name.startsWith('@outpost/'))
    .map((name) => name.replace('@outpost/', ''))
    .toSorted();
}

it('the table of packages has each, and what it depends on', () => {
  const documented = new Map(
    tableBelow(text, 'Packages').map(([folder, , dependsOn]) => [folder!, dependsOn!.split(', ')]),
  );
  for (const folder of documented.keys())
    expect(existsSync(join(REPOSITORY_ROOT, folder)), folder).toBe(true);
  for (const folder of packages()) {
    const names = uses(folder);
    expect(documented.get(folder), folder).toEqual(names.length === 0 ? ['nothing'] : names);
  }
});

/** What all ports share, and no ports themselves. */
const NO_PORTS = ['clock', 'dispatch-fence', 'index', 'platform'];

it('the table of ports has each', () => {
  const files = readdirSync(join(REPOSITORY_ROOT, 'packages/platform/src/ports'));
  const ports = files.map((file) => basename(file, '.ts')).filter((name) => !NO_PORTS.includes(name));
  const documented = tableBelow(text, 'Ports and drivers');
  expect(documented.map(([port]) => port!).toSorted()).toEqual(ports.toSorted());
  for (const cell of documented.flat()) expect(cell).not.toBe('');
});

it('who does what in the life of a dispatch exists', () => {
  const services = globSync('apps/control-plane/src/services/**/*.ts', { cwd: REPOSITORY_ROOT });
  const source = services.map((path) => readFileSync(join(REPOSITORY_ROOT, path), 'utf8')).join('\n');
  const named = tableBelow(text, 'Life of a dispatch').flatMap(([, who]) => who!.match(/\b[A-Z]\w+/g) ?? []);
  expect(named.length).toBeGreaterThan(8);
  for (const name of named) expect(source).toMatch(new RegExp(`class ${name}\\b`));
});
