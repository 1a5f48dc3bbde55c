export { cloneRepository, continueRepository, initRepository, type Checkout } from './clone.js';
export { collectChanges } from './collect/collect-changes.js';
export { recentCommits } from './snapshot.js';
export type { StartingPoint } from './starting-point.js';
