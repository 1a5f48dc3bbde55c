import { join } from 'node:path';
import { addChecks, buildStacks, createApp } from './app.js';
import { readAccount, readDeployment } from './config.js';

const app = createApp();
addChecks(app);
const deployment = readDeployment({
  directory: join(import.meta.dirname, '..', 'config'),
  context: (name) => app.node.tryGetContext(name) as unknown,
});
buildStacks({ app, deployment, account: readAccount() });
app.synth();
