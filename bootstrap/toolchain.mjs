/**
 * Step one: a Node and a pnpm to work with, at pinned versions, from npm. Each platform has its own package, listed as
 * optional in package.json; npm installs those that fit this machine and checks them against package-lock.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { npmCi } from './npm.mjs';
import { run } from './run.mjs';
import { SetupError } from './say.mjs';
import { fileInput, fingerprint, isStamped, platformInput, writeStamp } from './stamp.mjs';

const WINDOWS = process.platform === 'win32';
const NODE = { packages: /^node-/, file: path.join('bin', WINDOWS ? 'node.exe' : 'node') };
const PNPM = { packages: /^@pnpm\//, file: WINDOWS ? 'pnpm.exe' : 'pnpm' };

/** Node 24, or 26 and newer: the odd releases between are short-lived and our tools do not support them. */
export function isNodeGoodEnough(version) {
  const major = Number.parseInt(version.replace(/^v/, ''), 10);
  return major === 24 || major >= 26;
}

/** Makes the toolchain ready and says where it is: `{ node, pnpm, env }`. */
export async function prepareToolchain(directory) {
  const stamp = path.join(directory, 'node_modules', '.outpost-stamp');
  const wanted = fingerprint([platformInput(), fileInput(directory, 'package-lock.json')]);
  const own = isNodeGoodEnough(process.versions.node) ? process.execPath : undefined;
  const locate = () => ({ node: own ?? find(directory, NODE), pnpm: find(directory, PNPM) });

  let tools = locate();
  const isReady = isStamped(stamp, wanted) && tools.node && tools.pnpm;
  if (!isReady) {
    await npmCi(directory);
    tools = locate();
    await verify(directory, tools);
    writeStamp(stamp, wanted);
  }
  const env = withPath([path.dirname(tools.node), path.dirname(tools.pnpm)], process.env);
  return { ...tools, env, note: isReady ? 'ready' : 'installed' };
}

/** Only a binary that runs counts: a package made for this platform may still miss its C library. */
async function verify(directory, { node, pnpm }) {
  const works = async (binary) => (await run(binary, ['--version'], { output: 'keep' })).exitCode === 0;
  const lock = JSON.parse(readFileSync(path.join(directory, 'package-lock.json'), 'utf8'));
  const here = `${process.platform}-${process.arch}`;
  for (const [binary, kind] of [
    [node, NODE],
    [pnpm, PNPM],
  ]) {
    if (binary && (await works(binary).catch(() => false))) continue;
    const expected = packageFor(lock, kind.packages, process);
    if (expected && !binary) {
      throw new SetupError(
        `npm did not deliver ${expected}. Check the network (or proxy, or \`npm config get registry\`), ` +
          'then run the same command again.',
      );
    }
    throw new SetupError(
      kind === NODE
        ? `Outpost needs Node 24, or 26 and newer; this is ${process.versions.node}, and npm has none that runs on ` +
            `${here}. Install Node 24 (https://nodejs.org), then run the same command again.`
        : `npm has no pnpm that runs on ${here}, so Outpost cannot be set up on this machine.`,
    );
  }
}

/** The locked package made for a platform. npm passes over optional packages it cannot download, so we must ask. */
export function packageFor(lock, names, { platform, arch }) {
  const fits = (allowed, value) => allowed === undefined || [allowed].flat().includes(value);
  const found = Object.entries(lock.packages)
    .map(([location, { os, cpu, version }]) => ({
      name: location.replace('node_modules/', ''),
      os,
      cpu,
      version,
    }))
    .find(({ name, os, cpu }) => names.test(name) && fits(os, platform) && fits(cpu, arch));
  return found && `${found.name}@${found.version}`;
}

function find(directory, { packages, file }) {
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return Object.keys(optionalDependencies)
    .filter((name) => packages.test(name))
    .map((name) => path.join(directory, 'node_modules', name, file))
    .find((candidate) => existsSync(candidate));
}

/** The environment with these directories searched first. Windows spells the variable `Path`. */
export function withPath(directories, env) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [name]: [...directories, env[name]].filter(Boolean).join(path.delimiter) };
}
