import { describeChaos } from './chaos/chaos-suite.js';

describeChaos({ seed: 4, dispatches: 200, timeoutMs: 1_800_000 });
