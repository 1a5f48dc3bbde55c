const BUSY = 5;

/** Primary result codes that say something of the machine, not of the statement: https://sqlite.org/rescode.html */
const FAILURES: ReadonlySet<number> = new Set([
  BUSY,
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  26, // NOTADB
]);

export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === BUSY;
}

/** Whether the database could not be reached, read or written. */
export function isSqliteFailure(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code !== undefined && FAILURES.has(code);
}

/** Whether the connection was closed before the call. */
export function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
}

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  // The low byte of an extended code is its primary code.
  return error.errcode & 0xff;
}
