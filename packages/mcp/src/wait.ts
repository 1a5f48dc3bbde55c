import type { Dispatch } from '@outpost/contracts';
import type { ToolContext } from './tool.js';

/** Also without a new line: clients give up on what they do not hear of. */
const KEEP_ALIVE_MS = 10_000;
/** An agent may write hundreds of lines in a second. */
const MIN_INTERVAL_MS = 1_000;

/**
 * Follows a dispatch to its end, for at most so many seconds, and returns it as it then stands. One stream is one
 * request, where asking again and again would use up the caller's requests.
 */
export async function waitFor(params: {
  readonly dispatchId: string;
  readonly waitSeconds: number;
  readonly logs?: number | undefined;
  readonly context: ToolContext;
}): Promise<Dispatch> {
  const { dispatchId, waitSeconds, logs, context } = params;
  const { client, signal } = context;
  if (waitSeconds > 0) await followFor(dispatchId, waitSeconds, context);
  return client.dispatches.get(dispatchId, { logs, signal });
}

async function followFor(dispatchId: string, waitSeconds: number, context: ToolContext): Promise<void> {
  const limit = AbortSignal.timeout(waitSeconds * 1_000);
  const signal = AbortSignal.any([context.signal, limit]);
  const progress = new Progress(waitSeconds, context.report);
  const keepAlive = setInterval(() => void progress.repeat(), KEEP_ALIVE_MS);
  try {
    for await (const { text } of context.client.dispatches.followLogs(dispatchId, { signal })) {
      await progress.tell(text);
    }
  } catch (error) {
    if (!limit.aborted) throw error;
  } finally {
    clearInterval(keepAlive);
  }
}

class Progress {
  readonly #startedAt = performance.now();
  readonly #total: number;
  readonly #report: ToolContext['report'];
  #toldAt = Number.NEGATIVE_INFINITY;
  #message = 'Waiting for the agent.';

  constructor(total: number, report: ToolContext['report']) {
    this.#total = total;
    this.#report = report;
  }

  async tell(message: string): Promise<void> {
    this.#message = message;
    if (performance.now() - this.#toldAt >= MIN_INTERVAL_MS) await this.repeat();
  }

  async repeat(): Promise<void> {
    const now = performance.now();
    this.#toldAt = now;
    const progress = (now - this.#startedAt) / 1_000;
    await this.#report({ progress, total: this.#total, message: this.#message });
  }
}
