import { OutpostApiError, OutpostConnectionError, OutpostError } from '@outpost/client';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { EXIT, exitCodeOfError } from '../exit-code.js';
import { plain } from '../terminal/plain.js';
import { isLoopback, type Connection } from './connection.js';

/** What was asked of whom. */
interface Asked {
  readonly connection: Connection;
  readonly config: CliConfig;
  /** The command that shows what there is, as `workspaces list`. */
  readonly listing: string;
}

/** What went wrong between here and the API, with what to do about it. Anything else is returned as it is. */
export function explained(error: unknown, asked: Asked): unknown {
  const { connection } = asked;
  if (error instanceof OutpostConnectionError) {
    const start = isLoopback(connection.url) ? ' Start one: npm start.' : '';
    const message = `${plain(error.message)}${start} Another server: OUTPOST_URL, or --profile.`;
    return new CliError(message, { exitCode: EXIT.unavailable, cause: error });
  }
  if (!(error instanceof OutpostError)) return error;
  if (!(error instanceof OutpostApiError)) return new CliError(plain(error.message), { cause: error });
  const lines = [plain(error.message), adviceOn(error, asked), requestLine(error)];
  const message = lines.filter((line) => line !== undefined).join('\n');
  return new CliError(message, { exitCode: exitCodeOfError(error.code), cause: error });
}

function adviceOn(
  { code }: OutpostApiError,
  { connection: { url, keySource }, config: { invocation }, listing }: Asked,
): string | undefined {
  switch (code) {
    case 'AUTHENTICATION_ERROR':
      return `The key is from ${keySource}, the server is ${url}. Use another: OUTPOST_API_KEY, or --profile.`;
    case 'AUTHORIZATION_ERROR':
      return `The key is from ${keySource}. An admin makes one that may: ${invocation} keys create <name> --scope <scope>`;
    case 'NOT_FOUND':
      return `What there is: ${invocation} ${listing}`;
    case 'BUDGET_EXCEEDED':
      return `What was used: ${invocation} usage`;
    case 'UNEXPECTED_ANSWER':
      return `Is ${url} an Outpost control plane?`;
    default:
      return undefined;
  }
}

function requestLine({ requestId }: OutpostApiError): string | undefined {
  return requestId === undefined ? undefined : `Request ${plain(requestId)}`;
}
