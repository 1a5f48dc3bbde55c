import { describeFuzz } from './fuzz/fuzz-suite.js';

/** A share; api-fuzz.soak.ts has the whole. */
describeFuzz({ seed: 20_261_124, requests: 2_000, timeoutMs: 120_000 });
