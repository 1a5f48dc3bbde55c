/**
 * Builds the image of the folder that it is run in, with docker, podman or buildah, whichever works here; nothing when
 * the engine has it already, made from the same files. Arguments: `--rebuild` builds it all the same, without the
 * engine's cache, as for what Debian has fixed meanwhile; `--report` says afterwards how large it is, layer by layer.
 * Environment: `OUTPOST_IMAGE_BUILDER` names the program, `OUTPOST_IMAGE_PLATFORM` another platform than this
 * machine's, `OUTPOST_IMAGE_BUILD_OPTIONS` is handed on to the program (blanks between), `OUTPOST_NODE_IMAGE` is what
 * all images begin with.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { findBuilder, output } from './builders.mjs';
import { contentOf, labelsOf, ROOT } from './content.mjs';
import { report } from './report.mjs';

const NODE_IMAGE = process.env.OUTPOST_NODE_IMAGE ?? 'docker.io/library/node:24-bookworm-slim';
const PLATFORM = process.env.OUTPOST_IMAGE_PLATFORM;
const OPTIONS = (process.env.OUTPOST_IMAGE_BUILD_OPTIONS ?? '').split(' ').filter(Boolean);
const CONTENT_LABEL = 'outpost.content';

/** `latest` is of this machine's own platform: its sandbox takes that. */
function nameOf(folder) {
  return `localhost/outpost-${folder}:${PLATFORM?.replaceAll('/', '-') ?? 'latest'}`;
}

/** Engines say why by themselves. */
function build(program, args) {
  try {
    execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  } catch {
    const hint = folder === 'aider' ? ' (it comes from PyPI, which has to be reachable)' : '';
    throw new Error(`The image of ${folder} was not built: ${program} says why above${hint}.`);
  }
}

function buildArguments(dockerfile) {
  const known = { NODE_IMAGE, BASE_IMAGE: nameOf('base') };
  return Object.entries(known)
    .filter(([name]) => dockerfile.includes(`ARG ${name}=`))
    .flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
}

async function main() {
  const builder = findBuilder();
  const name = nameOf(folder);
  console.log(await bringUpToDate(builder, name));
  if (process.argv.includes('--report')) console.log(report(builder, name));
}

/** Resolves with what became of it, for people. */
async function bringUpToDate(builder, name) {
  const content = contentOf(folder, [process.arch, PLATFORM ?? '', NODE_IMAGE]);
  if (!isRebuild && output(builder.program, [...builder.inspect, name])?.includes(content))
    return `${name} is up to date (${builder.program})`;
  const file = path.join('infra', 'images', folder, 'Dockerfile');
  const labels = { [CONTENT_LABEL]: content, ...(await labelsOf(folder)) };
  build(builder.program, [
    ...builder.build,
    ...(isRebuild ? ['--no-cache'] : []),
    '--pull=false',
    '--network=host',
    '--tag',
    name,
    '--file',
    file,
    ...(PLATFORM === undefined ? [] : ['--platform', PLATFORM]),
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...buildArguments(readFileSync(path.join(ROOT, file), 'utf8')),
    ...OPTIONS,
    '.',
  ]);
  return `${name} is built (${builder.program})`;
}

const folder = path.basename(process.cwd());
const isRebuild = process.argv.includes('--rebuild');
try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
