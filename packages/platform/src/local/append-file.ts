import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const NEWLINE = 0x0a;

export interface AppendParams {
  readonly path: string;
  /** Whole lines, each with its newline. */
  readonly text: string;
  /** Whether the text has to be on the disk when this returns. */
  readonly isDurable: boolean;
}

/** Appends lines to a file (made 0600). What a crash left of a half-written line keeps a line of its own. */
export function appendText({ path, text, isDurable }: AppendParams): void {
  const file = openSync(path, APPEND, 0o600);
  try {
    const { size } = fstatSync(file);
    const separator = size === 0 || byteAt(file, size - 1) === NEWLINE ? '' : '\n';
    writeFileSync(file, separator + text);
    if (isDurable) fsyncSync(file);
    if (isDurable && size === 0) syncDirectory(dirname(path));
  } finally {
    closeSync(file);
  }
}

/** Puts what was appended on the disk; nothing to do when there is no such file. */
export function syncFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
}

/** A new or renamed file is only there after a power loss when its directory was synced. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

export function byteAt(file: number, position: number): number | undefined {
  const byte = Buffer.alloc(1);
  return readSync(file, byte, 0, 1, position) === 1 ? byte[0] : undefined;
}
