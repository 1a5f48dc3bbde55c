export { cloneRepository, continueRepository, initRepository, type Checkout } from './clone.js';
export { collectChanges } from './collect/collect-changes.js';
export { recentCommits } from './snapshot.js';
export { ContainedDirectory } from './collect/contained-directory.js';
export { childOf, ROOT, shown, type RawPath } from './raw-path.js';
export type { StartingPoint } from './starting-point.js';
