import { SITES } from '@outpost/test-support';
import { describeApiFuzz } from './api-fuzz/api-fuzz-suite.js';

/** A share; api-fuzz.soak.ts has the whole. */
for (const site of SITES)
  describeApiFuzz({
    site,
    seed: 20_261_124,
    requests: site.name === 'local' ? 1_000 : 200,
    timeoutMs: 180_000,
  });
