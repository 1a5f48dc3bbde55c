import { ErrorBodySchema, type ErrorCode, type ErrorDetail } from '@outpost/contracts';

/** An answer of the API that is not a success. */
export class OutpostApiError extends Error {
  override readonly name = 'OutpostApiError';
  /** HTTP status. */
  readonly status: number;
  /** `UNEXPECTED_ANSWER`: what answered does not speak Outpost, e.g. a proxy on the way. */
  readonly code: ErrorCode | 'UNEXPECTED_ANSWER';
  readonly details: readonly ErrorDetail[];
  /** Names the request in the log of the control plane. */
  readonly requestId: string | undefined;
  /** Seconds after which a repeat may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(params: {
    readonly status: number;
    readonly code: ErrorCode | 'UNEXPECTED_ANSWER';
    readonly message: string;
    readonly details?: readonly ErrorDetail[] | undefined;
    readonly requestId?: string | undefined;
    readonly retryAfterSeconds?: number | undefined;
  }) {
    super(params.message);
    this.status = params.status;
    this.code = params.code;
    this.details = params.details ?? [];
    this.requestId = params.requestId;
    this.retryAfterSeconds = params.retryAfterSeconds;
  }
}

/** No answer: the server cannot be reached, or the connection broke. */
export class OutpostConnectionError extends Error {
  override readonly name = 'OutpostConnectionError';
}

/** Reads the error out of an answer that is not a success. */
export async function apiErrorOf(response: Response): Promise<OutpostApiError> {
  const text = await response.text().catch(() => '');
  const body = ErrorBodySchema.safeParse(parseJson(text));
  const shared = { status: response.status, retryAfterSeconds: retryAfterOf(response) };
  if (body.success) return new OutpostApiError({ ...shared, ...body.data.error });
  return new OutpostApiError({
    ...shared,
    code: 'UNEXPECTED_ANSWER',
    message: unexpectedMessage(response, text),
    requestId: response.headers.get('x-request-id') ?? undefined,
  });
}

function unexpectedMessage(response: Response, text: string): string {
  const location = response.headers.get('location');
  if (location !== null && response.status < 400) {
    return `The server redirects to ${location}: use the address of the API itself as baseUrl.`;
  }
  const excerpt = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return `HTTP ${response.status}, and not from Outpost${excerpt === '' ? '.' : `: ${excerpt}`}`;
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
