import type { Serve } from '../route.js';
import type { Services } from '../../services/index.js';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsRoutes(serve: Serve, { prometheus }: Pick<Services, 'prometheus'>): void {
  serve('metrics', async ({ context }) =>
    context.body(await prometheus.text(), 200, { 'Content-Type': PROMETHEUS_TEXT }),
  );
}
