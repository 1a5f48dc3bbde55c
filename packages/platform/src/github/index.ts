export { createGitHubPullRequests, type GitHubPullRequestsOptions } from './pull-requests.js';
