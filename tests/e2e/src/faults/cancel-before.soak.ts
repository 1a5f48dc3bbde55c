import { describeFaults } from './walk.js';

describeFaults('create, cancel before a worker has it');
