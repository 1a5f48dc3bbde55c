import { describeChaos } from './chaos/chaos-suite.js';

/** A small one; chaos.soak.ts has the whole. */
describeChaos({ seed: 20_261_124, dispatches: 24, timeoutMs: 180_000 });
