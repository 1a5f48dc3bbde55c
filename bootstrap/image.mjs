/** `npm run image -- [agent ...] [--rebuild]`: the images that agents run in, built where they have changed. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';
import { SetupError } from './say.mjs';
import { TOOLS, quietTurbo } from './workspace.mjs';

const IMAGES = path.join('infra', 'images');

/** Those that were named, or all; turbo builds what they are made from first. Resolves with the exit code. */
export async function buildImages(root, { node, env }, args) {
  const { filters, options } = selection(imagesOf(root), args);
  const turbo = [path.join(root, TOOLS.turbo), 'run', 'image', '--continue', ...filters, '--', ...options];
  const { exitCode } = await run(node, turbo, { cwd: root, env: quietTurbo(env), output: 'inherit' });
  return exitCode;
}

function imagesOf(root) {
  const directory = path.join(root, IMAGES);
  return readdirSync(directory).filter((name) => existsSync(path.join(directory, name, 'Dockerfile')));
}

/** What turbo is told. Throws for an image that is none. */
export function selection(images, args) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = names.find((name) => !images.includes(name));
  if (unknown !== undefined) {
    const message = `There is no image ${unknown}; there are ${images.join(', ')}.`;
    throw new SetupError(message, { exitCode: 2 });
  }
  return { filters: names.map((name) => `--filter=@outpost/${name}-image`), options };
}
