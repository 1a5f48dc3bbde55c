import { describeFaults } from './faults/walk.js';

describeFaults('create, cancel before a worker has it');
describeFaults('create, launch, cancel');
describeFaults('create, launch, finish');
