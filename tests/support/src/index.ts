export { bubblewrapDirectory } from './bubblewrap.js';
export {
  AnswerContract,
  judgedFetch,
  operationsOf,
  resolve,
  type ApiDocument,
  type Operation,
  type Parameter,
  type Schema,
} from './contract/index.js';
export { chromiumExecutable } from './chromium.js';
export {
  blocksOf,
  documentPaths,
  openDocumentSite,
  parseDocument,
  readDocument,
  section,
  type Block,
  type Document,
  type DocumentSite,
  type RunOptions,
} from './documents/index.js';
export { startContainerEngine, type ContainerEngine } from './engine/index.js';
export { taskContainers } from './engine/task-containers.js';
export { fakeAgentEnv, makeFakeAgent, shellTask, startWithFakeAgent } from './fake-agent.js';
export { startGitHub, type GitHub } from './github.js';
export { startGitHubEnterprise, type GitHubEnterprise } from './github-enterprise.js';
export { npmTool, type NpmTool } from './npm-tool.js';
export {
  AGENTS_DIR,
  COMPILE_CACHE,
  listeningUrl,
  Outpost,
  PATH,
  randomKey,
  REPOSITORY_ROOT,
  scriptedProviders,
  type Answer,
  type CallOptions,
  type OutpostOptions,
} from './outpost.js';
export { agentProcesses, workerProcesses } from './processes.js';
export { applyPatch, git, makeRepository, memoryDirectory, temporaryDirectory } from './repository.js';
export { isInstalled, openScriptedSite, type ScriptedSite } from './scripted-site.js';
export { secretForms } from './secret-forms.js';
export { openAwsSite, SITES, type AwsSite, type Site, type StartOptions } from './sites/index.js';
export { until } from './until.js';
export { startWebhookReceiver, type ReceivedWebhook, type WebhookReceiver } from './webhook-receiver.js';
