import type { ErrorDetail } from '@outpost/contracts';
import { apiError, type OutpostApiError } from './errors.js';

/** Reads the error out of an answer that is not a success. `now`: milliseconds since the epoch. */
export async function errorOf(response: Response, now: number): Promise<OutpostApiError> {
  const text = await response.text().catch(() => '');
  const shared = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterSeconds: retryAfterOf(response, now),
  };
  const body = bodyOf(text);
  if (body !== undefined) return apiError({ ...shared, ...body });
  return apiError({ ...shared, code: 'UNEXPECTED_ANSWER', message: unexpectedMessage(response, text) });
}

function unexpectedMessage(response: Response, text: string): string {
  const location = response.headers.get('location');
  // A browser does not show a script where a redirect leads.
  if (response.type === 'opaqueredirect' || (location !== null && response.status < 400)) {
    const target = location === null ? 'elsewhere' : `to ${location}`;
    return `The server redirects ${target}: use the address of the API itself as baseUrl.`;
  }
  const excerpt = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return `HTTP ${response.status}, and not from Outpost${excerpt === '' ? '.' : `: ${excerpt}`}`;
}

/** The header gives seconds or, from a proxy, a date. */
function retryAfterOf(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1_000));
}

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  readonly requestId?: string;
}

/** A newer server may add fields and codes: only what is used has to be there. */
function bodyOf(text: string): ErrorBody | undefined {
  const error = field(parseJson(text), 'error');
  const [code, message, details, requestId] = ['code', 'message', 'details', 'requestId'].map((name) =>
    field(error, name),
  );
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  return {
    code,
    message,
    ...(Array.isArray(details) && { details: details as ErrorDetail[] }),
    ...(typeof requestId === 'string' && { requestId }),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
