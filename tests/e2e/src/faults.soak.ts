import { describeFaults } from './faults/walk.js';

describeFaults('create, cancel before a worker has it', { every: 1 });
describeFaults('create, launch, cancel', { every: 1 });
describeFaults('create, launch, finish', { every: 1 });
