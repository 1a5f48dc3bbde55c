/** What an image is made from, and what its labels say of it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { output } from './builders.mjs';

const IMAGES = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.join(IMAGES, '..', '..');
/** The program that an image holds, beside what is in its folder. */
const PROGRAMS = { base: 'apps/agent-runner', 'control-plane': 'apps/control-plane' };

const isOfAgent = (folder) => PROGRAMS[folder] === undefined;

/** Changes with whatever the image is made from. Hexadecimal. */
export function contentOf(folder, beside) {
  const hash = createHash('sha256').update(beside.join(' '));
  const folders = isOfAgent(folder) ? ['base', folder] : [folder];
  for (const file of folders.flatMap(filesOf))
    hash.update(`\0${path.relative(ROOT, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesOf(folder) {
  const own = ['Dockerfile', 'cli'].map((name) => path.join(IMAGES, folder, name));
  const program = PROGRAMS[folder];
  const built =
    program === undefined ? [] : ['package.json', 'bundle'].map((name) => path.join(ROOT, program, name));
  for (const each of built)
    if (!existsSync(each)) throw new Error(`${each} is missing: build it first, as npm run image does.`);
  return [...own, ...built].filter((file) => existsSync(file)).flatMap(filesBelow);
}

function filesBelow(place) {
  if (statSync(place).isFile()) return [place];
  return readdirSync(place)
    .sort()
    .map((name) => path.join(place, name))
    .filter((file) => statSync(file).isFile());
}

export async function labelsOf(folder) {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const revision = output('git', ['-C', ROOT, 'rev-parse', 'HEAD'])?.trim();
  return {
    'org.opencontainers.image.title': `outpost-${folder}`,
    'org.opencontainers.image.version': version,
    ...(revision !== undefined && { 'org.opencontainers.image.revision': revision }),
    ...(isOfAgent(folder) && {
      'outpost.agent': folder,
      'outpost.cli.version': cliVersionOf(folder),
      'outpost.tier': await tierOf(folder),
    }),
  };
}

/** The pinned version of the CLI. */
function cliVersionOf(folder) {
  const read = (name) => {
    const file = path.join(IMAGES, folder, 'cli', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const requirements = read('requirements.txt');
  if (requirements !== undefined) return /==([^\s;]+)/.exec(requirements)?.[1];
  const [dependency] = Object.keys(JSON.parse(read('package.json')).dependencies);
  return JSON.parse(read('package-lock.json')).packages[`node_modules/${dependency}`].version;
}

/** The one that the agent has unless a dispatch asks for another. */
async function tierOf(folder) {
  const contracts = createRequire(path.join(IMAGES, folder, 'package.json')).resolve('@outpost/contracts');
  const { AGENTS } = await import(pathToFileURL(contracts).href);
  return AGENTS[folder].tier;
}
