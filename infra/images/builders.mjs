/** The programs that build images: docker, podman and buildah. */
import { execFileSync } from 'node:child_process';
import process from 'node:process';

const BUILDERS = [
  {
    program: 'docker',
    probe: ['version'],
    build: ['build'],
    inspect: ['image', 'inspect'],
    history: ['image', 'history', '--no-trunc', '--human=false', '--format={{json .}}'],
  },
  {
    program: 'podman',
    probe: ['info'],
    build: ['build', '--format=docker', '--layers'],
    inspect: ['image', 'inspect'],
    history: ['image', 'history', '--no-trunc', '--human=false', '--format={{json .}}'],
  },
  {
    program: 'buildah',
    probe: ['info'],
    build: ['build', '--format=docker', '--layers'],
    inspect: ['inspect', '--type=image'],
  },
];

/** The first that works, or the one that OUTPOST_IMAGE_BUILDER names. Throws with advice. */
export function findBuilder() {
  const wanted = process.env.OUTPOST_IMAGE_BUILDER;
  const names = BUILDERS.map(({ program }) => program);
  if (wanted !== undefined && !names.includes(wanted))
    throw new Error(`OUTPOST_IMAGE_BUILDER must be one of ${names.join(', ')}, not ${wanted}.`);
  const candidates = BUILDERS.filter(({ program }) => wanted === undefined || program === wanted);
  const found = candidates.find(({ program, probe }) => output(program, probe) !== undefined);
  if (found === undefined)
    throw new Error(
      `No ${candidates.map(({ program }) => program).join(', ')} works here. Install one (Debian: apt-get install podman), or start its daemon.`,
    );
  return found;
}

/** What it prints; undefined where it fails. */
export function output(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
