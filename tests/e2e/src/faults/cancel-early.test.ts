import { describeFaults } from './walk.js';

/** A share; faults.soak.ts has the whole. */
describeFaults('create, cancel before a worker has it', { every: 6 });
