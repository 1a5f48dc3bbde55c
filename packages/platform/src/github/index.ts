export { createGitHubPullRequests } from './pull-requests.js';
