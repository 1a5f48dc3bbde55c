export {
  gitEnvironment,
  networkVariables,
  type Askpass,
  type GitEnvironmentParams,
  type GitHost,
} from './environment.js';
export { GitError, type GitErrorReason } from './git-error.js';
export { createGitRemoteChanges, type RemoteChangesOptions } from './change/remote-changes.js';
export { displayUrl } from './remote-access.js';
export { ANY_REMOTE, type RemotePolicy } from './remote-policy.js';
export type { Lookup } from '../net/public-host.js';
export { limitFetch, type FetchLimits } from './limit-fetch.js';
export { describeRemoteFailure } from './remote-failure.js';
export {
  createGitRepositories,
  findRemoteBranch,
  type FindRemoteBranchParams,
  type GitRepositoriesOptions,
} from './repositories.js';
export { runGit, type RunGitParams } from './run-git.js';
export { safeGit, type SafeGitParams } from './simple.js';
