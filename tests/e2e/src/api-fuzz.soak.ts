import { SITES } from '@outpost/test-support';
import { describeApiFuzz } from './api-fuzz/api-fuzz-suite.js';

for (const site of SITES)
  describeApiFuzz({
    site,
    seed: 5,
    requests: site.name === 'local' ? 50_000 : 5_000,
    timeoutMs: 3_600_000,
  });
