import type { Serve } from '../route.js';
import type { Readiness } from '../../services/readiness.js';

export function healthRoutes(
  serve: Serve,
  { readiness, version }: { readiness: Readiness; version: string },
): void {
  serve('health', ({ context }) => context.json({ status: 'ok', version }));
  serve('healthLive', ({ context }) => context.json({ status: 'ok', version }));
  serve('healthReady', async ({ context }) => {
    const report = await readiness.check();
    return context.json(report, report.status === 'ok' ? 200 : 503);
  });
}
