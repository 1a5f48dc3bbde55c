import { AGENT_NAMES, AGENTS, OPERATOR_TENANT, type AgentName } from '@outpost/contracts';
import { createLocalSecretStore } from '@outpost/platform/local';
import { aiderAdvice } from '../agents/aider.js';
import { imagesDirOf } from '../agents/install.js';
import { installedVersion, isInstalled } from '../agents/install-dir.js';
import { readPinned } from '../agents/pinned.js';
import type { CliConfig } from '../config.js';
import { failed, passed, type Check } from './check.js';

/** Of each agent, its CLI and its key, as a control plane that is started here would find them. */
export async function checkAgents(config: CliConfig): Promise<readonly Check[]> {
  const checks = await Promise.all(
    AGENT_NAMES.map(async (agent) => [await checkCli(agent, config), await checkKey(agent, config)]),
  );
  return checks.flat();
}

async function checkCli(agent: AgentName, config: CliConfig): Promise<Check> {
  const pinned = await readPinned(imagesDirOf(config), agent);
  const name = `${agent} CLI`;
  if (await isInstalled(config.agentsDir, pinned)) return passed('agents', name, pinned.version);
  const other = await installedVersion(config.agentsDir, pinned);
  const detail = other === undefined ? 'not installed' : `${other} is installed, ${pinned.version} is pinned`;
  const fix = agent === 'aider' ? await aiderAdvice(config) : `npm run outpost -- agents install ${agent}`;
  return failed('agents', name, detail, fix);
}

async function checkKey(agent: AgentName, { dataDir, providers }: CliConfig): Promise<Check> {
  const variable = AGENTS[agent].apiKeyVariable;
  const secrets = createLocalSecretStore({ dataDir, environment: providers });
  const has = await secrets.has({ tenantId: OPERATOR_TENANT, reference: { kind: 'agent', agent } });
  const name = `${agent} key`;
  if (has) return passed('agents', name, 'there');
  return failed(
    'agents',
    name,
    'none',
    `Set ${variable} where you start Outpost, or put it into ${dataDir}/secrets.json.`,
  );
}
