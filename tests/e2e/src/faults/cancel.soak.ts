import { describeFaults } from './walk.js';

describeFaults('create, launch, cancel');
