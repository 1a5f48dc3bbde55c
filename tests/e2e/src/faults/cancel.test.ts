import { describeFaults } from './walk.js';

/** A share; faults.soak.ts has the whole. */
describeFaults('create, launch, cancel', { every: 6 });
