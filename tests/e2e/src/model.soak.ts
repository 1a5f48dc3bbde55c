import { describeModel } from './model/model-suite.js';

describeModel({ seed: 4, sequences: 10_000, timeoutMs: 3_600_000 });
