import { GitError } from '@outpost/platform/git';
import { quoted, type RawPath } from '../raw-path.js';
import type { SnapshotGit } from '../snapshot-git.js';
import type { Scrub, StagedFile, Staging } from './staging.js';
import type { Warnings } from './warnings.js';

interface HashParams {
  readonly git: SnapshotGit;
  readonly staging: Staging;
  readonly scrub: Scrub | undefined;
  readonly warnings: Warnings;
}

/** Writes the staged files as objects of the snapshot; resolves with their names by path. */
export async function hashStaged(params: HashParams): Promise<Map<RawPath, string>> {
  const converted: StagedFile[] = [];
  const raw = new Map<RawPath, number>();
  for (const file of params.staging.files) {
    if (file.place === 'attributes') converted.push(file);
    else raw.set(file.path, file.place);
  }
  const oids = await hashConverted(params, converted);
  for (const [path, place] of await rescrub(params, converted, oids)) raw.set(path, place);
  const rawOids = await hashRaw(params, [...raw.values()]);
  return new Map([...oids, ...[...raw.keys()].map((path, index) => [path, rawOids[index] ?? ''] as const)]);
}

/** Line endings and encodings as the base wants them. Halves the list until the file that cannot be converted is alone. */
async function hashConverted(
  params: HashParams,
  files: readonly StagedFile[],
): Promise<Map<RawPath, string>> {
  if (files.length === 0) return new Map();
  const { git, staging, warnings } = params;
  const paths = files.map(({ path }) => path);
  try {
    const oids = await hashPaths(git, staging.attributesDir, paths, []);
    return new Map(paths.map((path, index) => [path, oids[index] ?? '']));
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'failed') throw error;
  }
  if (files.length === 1) {
    for (const path of paths)
      warnings.addPath('Not in the encoding that .gitattributes names, so taken byte for byte', path);
    const oids = await hashPaths(git, staging.attributesDir, paths, ['--no-filters']);
    return new Map(paths.map((path, index) => [path, oids[index] ?? '']));
  }
  const half = Math.ceil(files.length / 2);
  const first = await hashConverted(params, files.slice(0, half));
  return new Map([...first, ...(await hashConverted(params, files.slice(half)))]);
}

/** Conversion may bring a secret to light that the raw bytes hid, in UTF-16 for one. */
async function rescrub(
  { git, staging, scrub }: HashParams,
  files: readonly StagedFile[],
  oids: ReadonlyMap<RawPath, string>,
): Promise<Map<RawPath, number>> {
  const replaced = new Map<RawPath, number>();
  if (scrub === undefined) return replaced;
  for (const { path, rawOid } of files) {
    const oid = oids.get(path);
    if (oid === undefined || oid === rawOid) continue;
    const content = scrub(await git(['cat-file', 'blob', oid]));
    if (content !== undefined) replaced.set(path, await staging.addRaw(content));
  }
  return replaced;
}

async function hashRaw({ git, staging }: HashParams, places: readonly number[]): Promise<string[]> {
  if (places.length === 0) return [];
  const names = places.map((place) => String(place) as RawPath);
  return await hashPaths(git, staging.rawDir, names, ['--no-filters']);
}

async function hashPaths(
  git: SnapshotGit,
  directory: string,
  paths: readonly RawPath[],
  options: readonly string[],
): Promise<string[]> {
  const output = await git(['hash-object', '-w', '--stdin-paths', ...options], {
    cwd: directory,
    env: { GIT_WORK_TREE: directory },
    input: paths.map((path) => `${quoted(path)}\n`).join(''),
  });
  return output.toString('latin1').trimEnd().split('\n');
}
