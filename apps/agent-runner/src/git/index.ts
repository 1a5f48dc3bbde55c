export {
  cloneRepository,
  continueRepository,
  initRepository,
  type Checkout,
  type CloneRepositoryParams,
} from './clone.js';
export type { GitJob } from './job.js';
export { RepositoryError } from './repository-error.js';
export { readSnapshot, recentCommits, type RecentCommit, type Snapshot } from './snapshot.js';
export {
  collectChanges,
  type CollectChangesParams,
  type CollectedChanges,
} from './collect/collect-changes.js';
