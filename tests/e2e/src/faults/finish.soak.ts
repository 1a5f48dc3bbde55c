import { describeFaults } from './walk.js';

describeFaults('create, launch, finish');
