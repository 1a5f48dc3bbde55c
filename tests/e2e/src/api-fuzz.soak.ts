import { describeFuzz } from './fuzz/fuzz-suite.js';

describeFuzz({ seed: 4, requests: 50_000, timeoutMs: 900_000 });
