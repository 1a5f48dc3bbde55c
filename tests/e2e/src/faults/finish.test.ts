import { describeFaults } from './walk.js';

/** A share; faults.soak.ts has the whole. */
describeFaults('create, launch, finish', { every: 6 });
