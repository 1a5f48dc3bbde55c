/**
 * Builds the image of the folder that it is run in, with docker, podman or buildah, whichever works here; nothing when
 * the engine has it already, made from the same files. Arguments: `--rebuild` builds it all the same, without the
 * engine's cache, as for what Debian has fixed meanwhile. Environment: `OUTPOST_IMAGE_BUILDER` names the program,
 * `OUTPOST_IMAGE_BUILD_OPTIONS` is handed on to it (blanks between), `OUTPOST_NODE_IMAGE` is what the base begins with.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const IMAGES = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(IMAGES, '..', '..');
const NODE_IMAGE = process.env.OUTPOST_NODE_IMAGE ?? 'docker.io/library/node:24-bookworm-slim';
const OPTIONS = (process.env.OUTPOST_IMAGE_BUILD_OPTIONS ?? '').split(' ').filter(Boolean);
const CONTENT_LABEL = 'outpost.content';

const BUILDERS = {
  docker: { probe: ['version'], build: ['build'], inspect: ['image', 'inspect'] },
  podman: { probe: ['info'], build: ['build', '--format=docker', '--layers'], inspect: ['image', 'inspect'] },
  buildah: {
    probe: ['info'],
    build: ['build', '--format=docker', '--layers'],
    inspect: ['inspect', '--type=image'],
  },
};

/** The first that works. Throws with advice. */
function findBuilder() {
  const wanted = process.env.OUTPOST_IMAGE_BUILDER;
  if (wanted !== undefined && BUILDERS[wanted] === undefined)
    throw new Error(
      `OUTPOST_IMAGE_BUILDER must be one of ${Object.keys(BUILDERS).join(', ')}, not ${wanted}.`,
    );
  const names = wanted === undefined ? Object.keys(BUILDERS) : [wanted];
  const found = names.find((name) => output(name, BUILDERS[name].probe) !== undefined);
  if (found === undefined)
    throw new Error(
      `No ${names.join(', ')} works here. Install one (Debian: apt-get install podman), or start its daemon.`,
    );
  return found;
}

function output(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** Changes with whatever the image is made from. */
function contentOf() {
  const hash = createHash('sha256').update(`${process.arch} ${NODE_IMAGE}`);
  const folders = folder === 'base' ? ['base'] : ['base', folder];
  for (const file of folders.flatMap((each) => filesIn(path.join(IMAGES, each))))
    hash.update(`\0${path.relative(IMAGES, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** package.json says how the image is built, and is no part of it. */
function filesIn(directory) {
  return ['Dockerfile', 'cli']
    .map((name) => path.join(directory, name))
    .filter((file) => existsSync(file))
    .flatMap((file) =>
      statSync(file).isFile()
        ? [file]
        : readdirSync(file)
            .sort()
            .map((name) => path.join(file, name)),
    );
}

/** The pinned version of the CLI. */
function cliVersionOf() {
  const [manifest, lock, requirements] = ['package.json', 'package-lock.json', 'requirements.txt'].map(
    (name) => {
      const file = path.join(IMAGES, folder, 'cli', name);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
  );
  if (requirements !== undefined) return /==([^\s;]+)/.exec(requirements)?.[1];
  const [dependency] = Object.keys(JSON.parse(manifest).dependencies);
  return JSON.parse(lock).packages[`node_modules/${dependency}`].version;
}

function labelsOf(content) {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const revision = output('git', ['-C', ROOT, 'rev-parse', 'HEAD'])?.trim();
  return {
    [CONTENT_LABEL]: content,
    'org.opencontainers.image.title': `outpost-${folder}`,
    'org.opencontainers.image.version': version,
    ...(revision !== undefined && { 'org.opencontainers.image.revision': revision }),
    ...(folder !== 'base' && { 'outpost.agent': folder, 'outpost.cli.version': cliVersionOf() }),
  };
}

/** Engines say why by themselves. */
function build(program, args) {
  try {
    execFileSync(program, args, { stdio: 'inherit' });
  } catch {
    const hint = folder === 'aider' ? ' (it comes from PyPI, which has to be reachable)' : '';
    throw new Error(`The image of ${folder} was not built: ${program} says why above${hint}.`);
  }
}

function main() {
  const builder = findBuilder();
  const name = `localhost/outpost-${folder}:latest`;
  const content = contentOf();
  const commands = BUILDERS[builder];
  if (!isRebuild && output(builder, [...commands.inspect, name])?.includes(content))
    return `${name} is up to date (${builder})`;
  const labels = Object.entries(labelsOf(content)).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const from = folder === 'base' ? ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`] : [];
  const cache = isRebuild ? ['--no-cache'] : [];
  const common = ['--pull=false', '--network=host', '--tag', name];
  build(builder, [...commands.build, ...cache, ...common, ...labels, ...from, ...OPTIONS, '.']);
  return `${name} is built (${builder})`;
}

const folder = path.basename(process.cwd());
const isRebuild = process.argv.includes('--rebuild');
try {
  console.log(main());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
