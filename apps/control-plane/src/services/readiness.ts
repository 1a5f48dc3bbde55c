/** Whether this instance should get requests. */
export class Readiness {
  readonly #ping: () => Promise<void>;
  readonly #shutdown: AbortSignal;

  constructor({ ping, shutdown }: { ping: () => Promise<void>; shutdown: AbortSignal }) {
    this.#ping = ping;
    this.#shutdown = shutdown;
  }

  async check(): Promise<{ status: 'ok' | 'unavailable'; checks: Record<string, 'ok' | 'failed'> }> {
    const store = await this.#ping().then(
      () => 'ok' as const,
      () => 'failed' as const,
    );
    const serving = this.#shutdown.aborted ? 'failed' : 'ok';
    return { status: store === 'ok' && serving === 'ok' ? 'ok' : 'unavailable', checks: { store, serving } };
  }
}
