export { buildStacks, createApp } from './app.js';
export { parseDeployment, type Deployment, type Stage } from './config.js';
