import { describeModel } from './model/model-suite.js';

/** A share; model.soak.ts has the whole. */
describeModel({ seed: 20_261_124, sequences: 100, timeoutMs: 120_000 });
