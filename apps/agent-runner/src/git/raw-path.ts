import { Buffer } from 'node:buffer';

/**
 * A path inside the work tree, relative, with `/`: its bytes as a latin1 string. A file name is any bytes; as UTF-8 text
 * two names could become one, or none.
 */
export type RawPath = string & { readonly rawPath: unique symbol };

export const ROOT = '' as RawPath;

export function rawPath(bytes: Uint8Array): RawPath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as RawPath;
}

export function bytesOf(path: RawPath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function childOf(directory: RawPath, name: RawPath): RawPath {
  return directory === '' ? name : (`${directory}/${name}` as RawPath);
}

export function parentOf(path: RawPath): RawPath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as RawPath;
}

export function nameOf(path: RawPath): RawPath {
  return path.slice(path.lastIndexOf('/') + 1) as RawPath;
}

/** For the file system: under a directory that is trusted. */
export function placeOf(directory: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(path === '' ? directory : `${directory}/`), bytesOf(path)]);
}

/** For a person, on one line. */
export function shown(path: RawPath): string {
  const text = bytesOf(path).toString('utf8');
  // oxlint-disable-next-line no-control-regex -- these are what must not reach a log
  return /[\u0000-\u001f\u007f"\ufffd]/.test(text) ? JSON.stringify(text) : text;
}

/** Splits what git prints with `-z`. */
export function splitRecords(output: Buffer): RawPath[] {
  const text = rawPath(output);
  return text === '' ? [] : (text.replace(/\0$/, '').split('\0') as RawPath[]);
}

/** As git reads a path from a list with one on each line. */
export function quoted(path: RawPath): string {
  const octal = (character: string) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return `"${path.replaceAll(/[^ !#-[\]-~]/g, octal)}"`;
}
