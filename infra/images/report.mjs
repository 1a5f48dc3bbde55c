/** How large an image is, and what each of its layers adds, the last one first. */
import { output } from './builders.mjs';

const MEGABYTE = 1e6;
const SHOWN_CHARACTERS = 96;
/** Of one that adds less, nobody needs to know. */
const MIN_BYTES = 10_000;

/** Lines for people. Throws where the program cannot tell. */
export function report({ program, inspect, history }, name) {
  if (history === undefined) throw new Error(`${program} tells nothing of layers: use docker or podman.`);
  const [image] = JSON.parse(output(program, [...inspect, name]));
  const layers = parsed(output(program, [...history, name]))
    .map(({ Size, size, CreatedBy }) => ({ bytes: Number(Size ?? size), made: shorten(CreatedBy) }))
    .filter(({ bytes }) => bytes >= MIN_BYTES);
  return [
    `${name}: ${megabytes(image.Size)}`,
    ...layers.map(({ bytes, made }) => `  ${megabytes(bytes)}  ${made}`),
  ].join('\n');
}

/** A line for each layer from docker, one list from podman. */
function parsed(text) {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => JSON.parse(line));
}

function megabytes(bytes) {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`.padStart(9);
}

function shorten(command) {
  return command
    .replaceAll(/\s+/g, ' ')
    .replace(/^\/bin\/sh -c (#\(nop\) )?/, '')
    .slice(0, SHOWN_CHARACTERS);
}
